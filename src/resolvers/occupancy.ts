import { Arg, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { VenueCounts } from "../domain/gate-queue.js";
import type {
  EventOccupancyState,
  GateOccupancyState,
  TicketTypeOccupancyState,
  VenueOccupancyState,
} from "../domain/occupancy.js";
import { checkCountsReaders, mayRead } from "../domain/reader-rights.js";
import { mayReadDrafts } from "../domain/standing.js";
import type { Event as EventRow } from "../entities/event.js";
import { EventStatus } from "../entities/event.js";
import type { Gate as GateRow } from "../entities/gate.js";
import type { TicketType as TicketTypeRow } from "../entities/ticket-type.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { forbidden } from "../errors.js";
import type { Watching } from "../live/live.js";
import { Event } from "../schema/event.js";
import { Gate } from "../schema/gate.js";
import { decodeId } from "../schema/ids.js";
import { EventOccupancy, GateOccupancy, TicketTypeOccupancy, VenueOccupancy } from "../schema/occupancy.js";
import { TicketType } from "../schema/ticket-type.js";
import { Venue } from "../schema/venue.js";
import { required } from "./required.js";

/** The lists of a venue's occupancy, which only a whole snapshot has. */
export const OCCUPANCY_LISTS = ["gates", "ticketTypes", "events"];

/** A gate's and an event's counts with what their venue adds to them. */
export type GateCounts = GateOccupancyState & { readonly asOf: Date };
export type EventCounts = EventOccupancyState & { readonly venueCapacity: number };

type VenueRoot = VenueCounts | VenueOccupancyState;

@Resolver(() => VenueOccupancy)
export class VenueOccupancyResolver {
  @Subscription(() => VenueOccupancy, {
    description:
      "The venue's counts: at once on subscribing, then on change. Every message is the whole state, so a lost or merged\n" +
      "message harms nothing; a subscriber sees the last state within 250 ms, and versions that never go back.",
    subscribe: ({ args, context }) => watchVenue(context, decodeId("ven", args.venueId)),
  })
  occupancyChanged(@Arg("venueId", () => ID) _venueId: string, @Root() state: VenueOccupancyState) {
    return state;
  }

  @FieldResolver(() => Venue)
  venue(@Root() { venueId }: VenueRoot, @Ctx() { loaders }: OperationContext): Promise<VenueRow> {
    return required(loaders.venue.load(venueId));
  }

  @FieldResolver()
  available(@Root() { capacity, inside }: VenueRoot): number {
    return Math.max(0, capacity - inside);
  }

  @FieldResolver(() => [GateOccupancy])
  async gates(@Root() root: VenueRoot, @Ctx() context: OperationContext): Promise<GateCounts[]> {
    const { gates, asOf } = await snapshot(root, context);
    return gates.map((gate) => ({ ...gate, asOf }));
  }

  @FieldResolver(() => [TicketTypeOccupancy])
  async ticketTypes(
    @Root() root: VenueRoot,
    @Ctx() context: OperationContext,
  ): Promise<readonly TicketTypeOccupancyState[]> {
    return shown((await snapshot(root, context)).ticketTypes, root, context);
  }

  @FieldResolver(() => [EventOccupancy])
  async events(@Root() root: VenueRoot, @Ctx() context: OperationContext): Promise<EventCounts[]> {
    const events = await shown((await snapshot(root, context)).events, root, context);
    return events.map((event) => ({ ...event, venueCapacity: root.capacity }));
  }
}

@Resolver(() => GateOccupancy)
export class GateOccupancyResolver {
  @Subscription(() => GateOccupancy, {
    subscribe: ({ args, context }) => watchGate(context, decodeId("gat", args.gateId)),
  })
  gateOccupancyChanged(@Arg("gateId", () => ID) _gateId: string, @Root() state: GateCounts) {
    return state;
  }

  @FieldResolver(() => Gate)
  gate(@Root() { gate }: GateCounts): GateRow {
    return gate;
  }
}

@Resolver(() => TicketTypeOccupancy)
export class TicketTypeOccupancyResolver {
  @FieldResolver(() => TicketType)
  ticketType(
    @Root() { ticketTypeId }: TicketTypeOccupancyState,
    @Ctx() { loaders }: OperationContext,
  ): Promise<TicketTypeRow> {
    return required(loaders.ticketType.load(ticketTypeId));
  }
}

@Resolver(() => EventOccupancy)
export class EventOccupancyResolver {
  @FieldResolver(() => Event)
  event(@Root() { eventId }: EventCounts, @Ctx() { loaders }: OperationContext): Promise<EventRow> {
    return required(loaders.event.load(eventId));
  }

  @FieldResolver()
  capacity(@Root() { capacity, venueCapacity }: EventCounts): number {
    return capacity ?? venueCapacity;
  }

  @FieldResolver()
  available(@Root() root: EventCounts): number {
    return Math.max(0, this.capacity(root) - root.inside);
  }
}

async function snapshot(root: VenueRoot, { loaders }: OperationContext): Promise<VenueOccupancyState> {
  return "gates" in root ? root : required(loaders.occupancy.load(root.venueId));
}

/** Of drafts and cancelled events nobody hears who may not see them. */
export async function shown<Item extends { readonly eventStatus: EventStatus }>(
  items: readonly Item[],
  { venueId }: { readonly venueId: string },
  { loaders }: OperationContext,
): Promise<readonly Item[]> {
  if (items.every((item) => item.eventStatus === EventStatus.PUBLISHED)) return items;
  const standing = await loaders.standing.load(venueId);
  if (standing !== null && mayReadDrafts(standing)) return items;
  return items.filter((item) => item.eventStatus === EventStatus.PUBLISHED);
}

async function watchVenue(context: OperationContext, venueId: string) {
  return context.services.live.occupancyChanged(await requireReader(context, venueId));
}

async function watchGate(context: OperationContext, gateId: string) {
  const gate = await context.loaders.gate.load(gateId);
  if (gate === null) throw forbidden("There is no such gate, or you may not read its counts.");
  return context.services.live.gateOccupancyChanged(await requireReader(context, gate.venueId), gateId);
}

async function requireReader({ em, viewer }: OperationContext, venueId: string): Promise<Watching> {
  const [verdict] = await checkCountsReaders(em, [{ viewer, venueId }]);
  if (!mayRead(verdict)) throw forbidden("There is no such venue, or you may not read its counts.");
  return { viewer, venueId, standing: verdict };
}
