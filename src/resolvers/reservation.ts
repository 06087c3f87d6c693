import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { reservationStatus } from "../domain/hold-expiry.js";
import { payReservation } from "../domain/payment.js";
import { cancelReservation, reserveTickets } from "../domain/reservation.js";
import type { Event as EventRow } from "../entities/event.js";
import type { Reservation as ReservationRow } from "../entities/reservation.js";
import { type Ticket as TicketRow, TicketStatus } from "../entities/ticket.js";
import type { User as UserRow } from "../entities/user.js";
import { Event } from "../schema/event.js";
import { decodeId, encodeId } from "../schema/ids.js";
import {
  CancelReservationInput,
  PayReservationInput,
  Reservation,
  ReservationPayload,
  ReserveTicketsInput,
} from "../schema/reservation.js";
import { Ticket } from "../schema/ticket.js";
import { User } from "../schema/user.js";
import { required } from "./required.js";
import { payload } from "./user-errors.js";
import { findReservation, isTicketVisible } from "./visible.js";

const NOTHING = { reservation: null, replayed: false };

@Resolver(() => Reservation)
export class ReservationResolver {
  @Query(() => Reservation, { nullable: true })
  reservation(@Arg("id", () => ID) id: string, @Ctx() context: OperationContext): Promise<ReservationRow | null> {
    return findReservation(context, decodeId("rsv", id));
  }

  @Mutation(() => ReservationPayload, { description: "Holds places for a short while. All items or none." })
  reserveTickets(
    @Arg("input", () => ReserveTicketsInput) input: ReserveTicketsInput,
    @Ctx() context: OperationContext,
  ) {
    const given = {
      eventId: decodeId("evt", input.eventId),
      items: input.items.map(({ ticketTypeId, quantity }) => ({
        ticketTypeId: decodeId("tty", ticketTypeId),
        quantity,
      })),
      idempotencyKey: input.idempotencyKey,
    };
    const { salesPool, salesRules } = context.services;
    return payload(async () => {
      const outcome = await reserveTickets(context, salesPool, given, salesRules);
      // Those that were just written: nobody has to read them.
      if (outcome.tickets !== null) context.loaders.ticketsOf.prime(outcome.reservation.id, [...outcome.tickets]);
      return outcome;
    }, NOTHING);
  }

  @Mutation(() => ReservationPayload, {
    description:
      "Turns the hold into paid tickets. A hold that ran out is taken again if the places are still free. Paid under another\n" +
      "key: ALREADY_PAID; cancelled: ALREADY_CANCELLED.",
  })
  payReservation(
    @Arg("input", () => PayReservationInput) input: PayReservationInput,
    @Ctx() context: OperationContext,
  ) {
    const { payments, salesRules } = context.services;
    const given = { ...input, reservationId: decodeId("rsv", input.reservationId) };
    return payload(() => payReservation(context, given, payments, salesRules), NOTHING);
  }

  @Mutation(() => ReservationPayload, { description: "Of a paid one: ALREADY_PAID." })
  cancelReservation(
    @Arg("input", () => CancelReservationInput) input: CancelReservationInput,
    @Ctx() context: OperationContext,
  ) {
    const id = decodeId("rsv", input.reservationId);
    const cancel = async () => ({ reservation: await cancelReservation(context, id), replayed: false });
    return payload(cancel, NOTHING);
  }

  @FieldResolver(() => ID)
  id(@Root() { id }: ReservationRow): string {
    return encodeId("rsv", id);
  }

  @FieldResolver(() => TicketStatus)
  status(@Root() reservation: ReservationRow): TicketStatus {
    return reservationStatus(reservation);
  }

  @FieldResolver(() => Event)
  event(@Root() { eventId }: ReservationRow, @Ctx() { loaders }: OperationContext): Promise<EventRow> {
    return required(loaders.event.load(eventId));
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: ReservationRow, @Ctx() { loaders }: OperationContext): Promise<UserRow> {
    return required(loaders.user.load(userId));
  }

  /** Those that the viewer may see: of a ticket given away its giver sees nothing more. */
  @FieldResolver(() => [Ticket])
  async tickets(@Root() { id }: ReservationRow, @Ctx() context: OperationContext): Promise<TicketRow[]> {
    const tickets = await context.loaders.ticketsOf.load(id);
    const visible = await Promise.all(tickets.map((ticket) => isTicketVisible(context, ticket)));
    return tickets.filter((_ticket, index) => visible[index]);
  }

  @FieldResolver()
  total(@Root() { totalMinor, currency }: ReservationRow) {
    return { amountMinor: totalMinor, currency };
  }
}
