import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { createEvent } from "../domain/event.js";
import { cancelEvent, publishEvent, updateEvent } from "../domain/event-change.js";
import { scansOfEvent, ticketsOfEvent } from "../domain/lists.js";
import type { Event as EventRow } from "../entities/event.js";
import type { TicketType as TicketTypeRow } from "../entities/ticket-type.js";
import type { User as UserRow } from "../entities/user.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { ConnectionArgs } from "../schema/connection.js";
import { CreateEventInput, Event, EventIdInput, EventPayload, UpdateEventInput } from "../schema/event.js";
import { decodeId, encodeId } from "../schema/ids.js";
import { EventOccupancy } from "../schema/occupancy.js";
import { ScanConnection, ScanFilter } from "../schema/scan.js";
import { TicketConnection, TicketFilter } from "../schema/ticket.js";
import { TicketType } from "../schema/ticket-type.js";
import { User } from "../schema/user.js";
import { Venue } from "../schema/venue.js";
import { connect } from "./connection.js";
import type { EventCounts } from "./occupancy.js";
import { required } from "./required.js";
import { scanFilter } from "./scan-filter.js";
import { ticketFilter } from "./ticket-filter.js";
import { availableOf } from "./ticket-type.js";
import { payload } from "./user-errors.js";
import { findEvent } from "./visible.js";

@Resolver(() => Event)
export class EventResolver {
  @Query(() => Event, { nullable: true })
  event(@Arg("id", () => ID) id: string, @Ctx() context: OperationContext): Promise<EventRow | null> {
    return findEvent(context, decodeId("evt", id));
  }

  @Mutation(() => EventPayload)
  createEvent(@Arg("input", () => CreateEventInput) input: CreateEventInput, @Ctx() context: OperationContext) {
    return eventPayload(() =>
      createEvent(context, {
        ...input,
        venueId: decodeId("ven", input.venueId),
        doorsOpenAt: input.doorsOpenAt ?? null,
        autoExitAt: input.autoExitAt ?? null,
        capacity: input.capacity ?? null,
      }),
    );
  }

  @Mutation(() => EventPayload)
  updateEvent(@Arg("input", () => UpdateEventInput) input: UpdateEventInput, @Ctx() context: OperationContext) {
    return eventPayload(() => updateEvent(context, { ...input, eventId: decodeId("evt", input.eventId) }));
  }

  @Mutation(() => EventPayload)
  publishEvent(@Arg("input", () => EventIdInput) input: EventIdInput, @Ctx() context: OperationContext) {
    return eventPayload(() => publishEvent(context, { eventId: decodeId("evt", input.eventId) }));
  }

  @Mutation(() => EventPayload, {
    description:
      "Cancels its tickets and reservations too, and tells their holders. Again, or publishing it: ALREADY_CANCELLED.",
  })
  cancelEvent(@Arg("input", () => EventIdInput) input: EventIdInput, @Ctx() context: OperationContext) {
    return eventPayload(() => cancelEvent(context, { eventId: decodeId("evt", input.eventId) }));
  }

  @FieldResolver(() => ID)
  id(@Root() event: EventRow): string {
    return encodeId("evt", event.id);
  }

  @FieldResolver(() => Venue)
  venue(@Root() { venueId }: EventRow, @Ctx() { loaders }: OperationContext): Promise<VenueRow> {
    return required(loaders.venue.load(venueId));
  }

  @FieldResolver(() => User)
  organizer(@Root() { organizerId }: EventRow, @Ctx() { loaders }: OperationContext): Promise<UserRow> {
    return required(loaders.user.load(organizerId));
  }

  @FieldResolver(() => [TicketType])
  ticketTypes(@Root() { id }: EventRow, @Ctx() { loaders }: OperationContext): Promise<TicketTypeRow[]> {
    return loaders.ticketTypesOf.load(id);
  }

  @FieldResolver()
  totalTickets(@Root() event: EventRow, @Ctx() context: OperationContext): Promise<number> {
    return sumOverTypes(event, context, (type) => type.quantity);
  }

  @FieldResolver()
  ticketsSold(@Root() event: EventRow, @Ctx() context: OperationContext): Promise<number> {
    return sumOverTypes(event, context, (type) => type.sold);
  }

  @FieldResolver()
  async ticketsAvailable(@Root() event: EventRow, @Ctx() context: OperationContext): Promise<number> {
    return sumOverTypes(event, context, (type) => availableOf(type, event));
  }

  @FieldResolver(() => TicketConnection, {
    nullable: true,
    description: "For the organizer and staff.",
  })
  tickets(
    @Root() { id }: EventRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => TicketFilter, { nullable: true }) filter: TicketFilter | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, ticketsOfEvent(ticketFilter(filter)), id, args, info);
  }

  @FieldResolver(() => ScanConnection, {
    nullable: true,
    description: "For the organizer and staff. Newest first, by scan time.",
  })
  scans(
    @Root() { id }: EventRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => ScanFilter, { nullable: true }) filter: ScanFilter | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, scansOfEvent(scanFilter(filter)), id, args, info);
  }

  @FieldResolver(() => EventOccupancy, {
    nullable: true,
  })
  async occupancy(
    @Root() { id, venueId }: EventRow,
    @Ctx() { loaders }: OperationContext,
  ): Promise<EventCounts | null> {
    const state = await loaders.occupancy.load(venueId);
    const counts = state?.events.find(({ eventId }) => eventId === id);
    return state && counts ? { ...counts, venueCapacity: state.capacity } : null;
  }
}

const eventPayload = (make: () => Promise<EventRow>) => payload(async () => ({ event: await make() }), { event: null });

async function sumOverTypes(
  { id }: EventRow,
  { loaders }: OperationContext,
  amount: (type: TicketTypeRow) => number,
): Promise<number> {
  const types = await loaders.ticketTypesOf.load(id);
  return types.reduce((sum, type) => sum + amount(type), 0);
}
