import { Field, ID, InputType, registerEnumType } from "type-graphql";
import { EventOrder, EventStatus } from "../entities/event.js";
import { DateTime } from "./date-time.js";

registerEnumType(EventOrder, {
  name: "EventOrder",
});

@InputType("EventFilter", {
  description: "Every given condition must hold.",
})
export class EventFilter {
  @Field(() => String, {
    nullable: true,
    description:
      "All the words, in the title or description, in any order; forgiving of typing errors in the title. Blank: no condition.",
  })
  readonly text!: string | null | undefined;

  @Field(() => String, {
    nullable: true,
  })
  readonly category!: string | null | undefined;

  @Field(() => EventStatus, {
    nullable: true,
  })
  readonly status!: EventStatus | null | undefined;

  @Field(() => ID, {
    nullable: true,
  })
  readonly venueId!: string | null | undefined;

  @Field(() => ID, {
    nullable: true,
  })
  readonly organizerId!: string | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
    description: "At or after.",
  })
  readonly startsAfter!: Date | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
    description: "Before, not at.",
  })
  readonly startsBefore!: Date | null | undefined;

  @Field(() => Boolean, {
    nullable: true,
    description: "True: has tickets left. False: is sold out.",
  })
  readonly available!: boolean | null | undefined;
}
