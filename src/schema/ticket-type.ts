import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { Money, MoneyInput } from "./money.js";
import { Node } from "./node.js";
import { UserError } from "./user-error.js";

@ObjectType("TicketType", {
  implements: Node,
})
export class TicketType extends Node {
  @Field(() => String)
  name!: string;

  @Field(() => Money, {
    description: "A change of price leaves live holds as they are. All types of an event share one currency.",
  })
  price!: Money;

  @Field(() => Int)
  quantity!: number;

  @Field(() => Int, {
    description: "Paid and issued.",
  })
  sold!: number;

  @Field(() => Int, {
    description: "Held by live reservations.",
  })
  reserved!: number;

  @Field(() => Int, {
    description:
      "quantity - sold - reserved; 0 when the event is cancelled. A hold past its expiry counts no more, whether or not a job\n" +
      "has run. A cancelled ticket's place is free again.",
  })
  available!: number;

  @Field(() => Boolean, {
    description: "Whether it admits when the venue or the event is full (VIP).",
  })
  admitsWhenFull!: boolean;
}

@InputType("TicketTypeInput")
export class TicketTypeInput {
  @Field(() => String)
  readonly name!: string;

  @Field(() => MoneyInput)
  readonly price!: MoneyInput;

  @Field(() => Int)
  readonly quantity!: number;

  @Field(() => Boolean, {
    defaultValue: false,
  })
  readonly admitsWhenFull!: boolean;
}

@InputType("AddTicketTypeInput")
export class AddTicketTypeInput {
  @Field(() => ID)
  readonly eventId!: string;

  @Field(() => TicketTypeInput)
  readonly ticketType!: TicketTypeInput;
}

@InputType("UpdateTicketTypeInput")
export class UpdateTicketTypeInput {
  @Field(() => ID)
  readonly ticketTypeId!: string;

  @Field(() => String, { nullable: true })
  readonly name!: string | null | undefined;

  @Field(() => MoneyInput, { nullable: true })
  readonly price!: MoneyInput | null | undefined;

  @Field(() => Int, { nullable: true })
  readonly quantity!: number | null | undefined;

  @Field(() => Boolean, { nullable: true })
  readonly admitsWhenFull!: boolean | null | undefined;
}

@ObjectType("TicketTypePayload")
export class TicketTypePayload {
  @Field(() => TicketType, {
    nullable: true,
  })
  ticketType!: TicketType | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
