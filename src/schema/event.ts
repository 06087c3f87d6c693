import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { EventStatus } from "../entities/event.js";
import { DateTime } from "./date-time.js";
import { Node } from "./node.js";
import { PageInfo } from "./page-info.js";
import { TicketTypeInput } from "./ticket-type.js";
import { UserError } from "./user-error.js";

@ObjectType("Event", {
  implements: Node,
})
export class Event extends Node {
  @Field(() => String)
  title!: string;

  @Field(() => String)
  description!: string;

  @Field(() => String)
  category!: string;

  @Field(() => EventStatus)
  status!: EventStatus;

  @Field(() => DateTime)
  startsAt!: Date;

  @Field(() => DateTime)
  endsAt!: Date;

  @Field(() => DateTime, {
    description:
      "Entries before this are refused as TOO_EARLY, and from `endsAt` on as TOO_LATE. Default: two hours before the start.",
  })
  doorsOpenAt!: Date;

  @Field(() => Int, {
    nullable: true,
    description: "The most people of this event who may be inside at once; null: the venue's capacity alone.",
  })
  capacity!: number | null;

  @Field(() => Boolean, {
    description: "Whether a ticket that has left (an accepted entry, and after it an accepted exit) may enter again.",
  })
  reentryAllowed!: boolean;

  @Field(() => DateTime, {
    description:
      "When everybody of the event who is still inside is checked out, by automatic exits stamped with this time; scans\n" +
      "uploaded later are treated alike: a real exit uploaded late replaces the automatic one. Who enters after it stays\n" +
      "inside. Default: four hours after the end.",
  })
  autoExitAt!: Date;

  @Field(() => Int, {
    description: "Sums over the ticket types.",
  })
  totalTickets!: number;

  @Field(() => Int)
  ticketsSold!: number;

  @Field(() => Int)
  ticketsAvailable!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

@ObjectType("EventEdge")
export class EventEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Event)
  node!: Event;
}

@ObjectType("EventConnection")
export class EventConnection {
  @Field(() => [EventEdge])
  edges!: EventEdge[];

  @Field(() => [Event])
  nodes!: Event[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}

@InputType("CreateEventInput")
export class CreateEventInput {
  @Field(() => ID)
  readonly venueId!: string;

  @Field(() => String)
  readonly title!: string;

  @Field(() => String, {
    defaultValue: "",
  })
  readonly description!: string;

  @Field(() => String, {
    defaultValue: "general",
  })
  readonly category!: string;

  @Field(() => DateTime)
  readonly startsAt!: Date;

  @Field(() => DateTime)
  readonly endsAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
  })
  readonly doorsOpenAt!: Date | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
  })
  readonly autoExitAt!: Date | null | undefined;

  @Field(() => Int, {
    nullable: true,
  })
  readonly capacity!: number | null | undefined;

  @Field(() => Boolean, {
    defaultValue: true,
  })
  readonly reentryAllowed!: boolean;

  @Field(() => Boolean, {
    defaultValue: true,
    description: "Published at once unless false.",
  })
  readonly publish!: boolean;

  @Field(() => [TicketTypeInput], {
    defaultValue: [],
  })
  readonly ticketTypes!: TicketTypeInput[];
}

@InputType("UpdateEventInput")
export class UpdateEventInput {
  @Field(() => ID)
  readonly eventId!: string;

  @Field(() => String, { nullable: true })
  readonly title!: string | null | undefined;

  @Field(() => String, { nullable: true })
  readonly description!: string | null | undefined;

  @Field(() => String, { nullable: true })
  readonly category!: string | null | undefined;

  @Field(() => DateTime, { nullable: true })
  readonly startsAt!: Date | null | undefined;

  @Field(() => DateTime, { nullable: true })
  readonly endsAt!: Date | null | undefined;

  @Field(() => DateTime, { nullable: true })
  readonly doorsOpenAt!: Date | null | undefined;

  @Field(() => DateTime, { nullable: true })
  readonly autoExitAt!: Date | null | undefined;

  @Field(() => Int, { nullable: true })
  readonly capacity!: number | null | undefined;

  @Field(() => Boolean, { nullable: true })
  readonly reentryAllowed!: boolean | null | undefined;
}

@InputType("EventIdInput")
export class EventIdInput {
  @Field(() => ID)
  readonly eventId!: string;
}

@ObjectType("EventPayload")
export class EventPayload {
  @Field(() => Event, {
    nullable: true,
  })
  event!: Event | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
