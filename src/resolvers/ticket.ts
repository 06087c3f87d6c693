import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { ticketStatus } from "../domain/hold-expiry.js";
import { scansOfTicket } from "../domain/lists.js";
import { findTicketByCode, issueTickets } from "../domain/ticket.js";
import { cancelTicket } from "../domain/ticket-change.js";
import { transferTicket } from "../domain/transfer.js";
import type { Event as EventRow } from "../entities/event.js";
import { type Ticket as TicketRow, TicketStatus } from "../entities/ticket.js";
import type { TicketType as TicketTypeRow } from "../entities/ticket-type.js";
import type { User as UserRow } from "../entities/user.js";
import { ConnectionArgs } from "../schema/connection.js";
import { Event } from "../schema/event.js";
import { decodeId, encodeId } from "../schema/ids.js";
import { Reservation } from "../schema/reservation.js";
import { ScanConnection } from "../schema/scan.js";
import {
  IssueTicketsInput,
  IssueTicketsPayload,
  Ticket,
  TicketIdInput,
  TicketPayload,
  TransferTicketInput,
} from "../schema/ticket.js";
import { TicketType } from "../schema/ticket-type.js";
import { User } from "../schema/user.js";
import { connect } from "./connection.js";
import { required } from "./required.js";
import { payload } from "./user-errors.js";
import { findReservation, findTicket } from "./visible.js";

@Resolver(() => Ticket)
export class TicketResolver {
  @Query(() => Ticket, { nullable: true })
  ticket(@Arg("id", () => ID) id: string, @Ctx() context: OperationContext): Promise<TicketRow | null> {
    return findTicket(context, decodeId("tkt", id));
  }

  @Query(() => Ticket, { nullable: true, description: "For those who may scan it." })
  ticketByCode(
    @Arg("eventId", () => ID) eventId: string,
    @Arg("code", () => String) code: string,
    @Ctx() context: OperationContext,
  ): Promise<TicketRow | null> {
    return findTicketByCode(context, decodeId("evt", eventId), code);
  }

  @Mutation(() => IssueTicketsPayload, {
    description:
      "The organizer issues paid tickets without a sale: guests, or tickets sold elsewhere. At most 1,000 a call; all or none.",
  })
  issueTickets(@Arg("input", () => IssueTicketsInput) input: IssueTicketsInput, @Ctx() context: OperationContext) {
    const given = {
      eventId: decodeId("evt", input.eventId),
      ticketTypeId: decodeId("tty", input.ticketTypeId),
      tickets: input.tickets.map((ticket) => ({
        code: ticket.code ?? null,
        holderName: ticket.holderName ?? null,
        holderEmail: ticket.holderEmail ?? null,
      })),
    };
    return payload(async () => ({ tickets: await issueTickets(context, given) }), { tickets: [] });
  }

  @Mutation(() => TicketPayload, { description: "For the organizer." })
  cancelTicket(@Arg("input", () => TicketIdInput) input: TicketIdInput, @Ctx() context: OperationContext) {
    return ticketPayload(() => cancelTicket(context, { ticketId: decodeId("tkt", input.ticketId) }));
  }

  @Mutation(() => TicketPayload, {
    description:
      "The holder gives a paid ticket, never yet used to enter, to another registered user, under a new code; else CONFLICT.\n" +
      "The giver sees it no more.",
  })
  transferTicket(
    @Arg("input", () => TransferTicketInput) input: TransferTicketInput,
    @Ctx() context: OperationContext,
  ) {
    return ticketPayload(() => transferTicket(context, { ...input, ticketId: decodeId("tkt", input.ticketId) }));
  }

  @FieldResolver(() => ID)
  id(@Root() ticket: TicketRow): string {
    return encodeId("tkt", ticket.id);
  }

  @FieldResolver(() => TicketStatus)
  status(@Root() ticket: TicketRow): TicketStatus {
    return ticketStatus(ticket);
  }

  @FieldResolver(() => Reservation, {
    nullable: true,
  })
  async reservation(@Root() { reservationId }: TicketRow, @Ctx() context: OperationContext) {
    return reservationId === null ? null : findReservation(context, reservationId);
  }

  @FieldResolver(() => Event)
  event(@Root() { eventId }: TicketRow, @Ctx() { loaders }: OperationContext): Promise<EventRow> {
    return required(loaders.event.load(eventId));
  }

  @FieldResolver(() => TicketType)
  ticketType(@Root() { ticketTypeId }: TicketRow, @Ctx() { loaders }: OperationContext): Promise<TicketTypeRow> {
    return required(loaders.ticketType.load(ticketTypeId));
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: "For the holder, the organizer and staff.",
  })
  holder(@Root() { holderId }: TicketRow, @Ctx() { loaders }: OperationContext): Promise<UserRow | null> | null {
    return holderId === null ? null : loaders.user.load(holderId);
  }

  @FieldResolver()
  inside(@Root() { id }: TicketRow, @Ctx() { loaders }: OperationContext): Promise<boolean> {
    return loaders.isInside.load(id);
  }

  @FieldResolver(() => ScanConnection, {
    nullable: true,
  })
  scans(
    @Root() { id }: TicketRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, scansOfTicket(), id, args, info);
  }
}

const ticketPayload = (make: () => Promise<TicketRow>) =>
  payload(async () => ({ ticket: await make() }), { ticket: null });
