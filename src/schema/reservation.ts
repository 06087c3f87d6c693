import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { TicketStatus } from "../entities/ticket.js";
import { DateTime } from "./date-time.js";
import { Money } from "./money.js";
import { Node } from "./node.js";
import { PageInfo } from "./page-info.js";
import { UserError } from "./user-error.js";

@ObjectType("Reservation", {
  implements: Node,
})
export class Reservation extends Node {
  @Field(() => TicketStatus)
  status!: TicketStatus;

  @Field(() => Money)
  total!: Money;

  @Field(() => DateTime, {
    description: "When the hold ends unless paid. Default: two minutes after it was made.",
  })
  expiresAt!: Date;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
  })
  paidAt!: Date | null;
}

@ObjectType("ReservationEdge")
export class ReservationEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Reservation)
  node!: Reservation;
}

@ObjectType("ReservationConnection")
export class ReservationConnection {
  @Field(() => [ReservationEdge])
  edges!: ReservationEdge[];

  @Field(() => [Reservation])
  nodes!: Reservation[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}

@InputType("ReserveItemInput")
export class ReserveItemInput {
  @Field(() => ID)
  readonly ticketTypeId!: string;

  @Field(() => Int)
  readonly quantity!: number;
}

@InputType("ReserveTicketsInput")
export class ReserveTicketsInput {
  @Field(() => ID)
  readonly eventId!: string;

  @Field(() => [ReserveItemInput])
  readonly items!: ReserveItemInput[];

  @Field(() => String)
  readonly idempotencyKey!: string;
}

@InputType("PayReservationInput")
export class PayReservationInput {
  @Field(() => ID)
  readonly reservationId!: string;

  @Field(() => String)
  readonly idempotencyKey!: string;

  @Field(() => String, {
    defaultValue: "test",
    description: "Passed to the payment provider. The built-in provider accepts any but `decline`.",
  })
  readonly paymentToken!: string;
}

@InputType("CancelReservationInput")
export class CancelReservationInput {
  @Field(() => ID)
  readonly reservationId!: string;
}

@ObjectType("ReservationPayload")
export class ReservationPayload {
  @Field(() => Reservation, {
    nullable: true,
  })
  reservation!: Reservation | null;

  @Field(() => Boolean, {
    description: "Answered from an earlier call with this key.",
  })
  replayed!: boolean;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
