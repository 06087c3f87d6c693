import type { InferEntity } from "@mikro-orm/core";
import type { EntityManager } from "@mikro-orm/postgresql";
import type { GateFacts } from "../../src/domain/decide.js";
import { hasLeft, insideAt, type PresenceState } from "../../src/domain/presence.js";
import { digestOf } from "../../src/domain/token.js";
import { DeviceEntity } from "../../src/entities/device.js";
import { EventEntity } from "../../src/entities/event.js";
import { GateEntity } from "../../src/entities/gate.js";
import { type Occupancy, OccupancyEntity } from "../../src/entities/occupancy.js";
import { TicketEntity } from "../../src/entities/ticket.js";
import { TicketTypeEntity } from "../../src/entities/ticket-type.js";
import { VenueEntity } from "../../src/entities/venue.js";

export interface Post {
  readonly device: InferEntity<typeof DeviceEntity>;
  readonly gate: InferEntity<typeof GateEntity>;
  readonly venue: InferEntity<typeof VenueEntity>;
}

export interface Show {
  readonly ticket: InferEntity<typeof TicketEntity>;
  readonly event: InferEntity<typeof EventEntity>;
  readonly type: InferEntity<typeof TicketTypeEntity>;
}

export async function findPost(em: EntityManager, token: string): Promise<Post> {
  const device = await em.findOne(DeviceEntity, { tokenDigest: digestOf(token), revokedAt: null });
  if (device === null) throw new Error("UNAUTHENTICATED");
  const gate = await em.findOneOrFail(GateEntity, device.gateId);
  return { device, gate, venue: await em.findOneOrFail(VenueEntity, gate.venueId) };
}

/** What the code admits to; with several, the first will do here. */
export async function findShow(em: EntityManager, venueId: string, code: string): Promise<Show | null> {
  const ticket = await em.findOne(TicketEntity, { venueId, code });
  if (ticket === null) return null;
  const event = await em.findOneOrFail(EventEntity, ticket.eventId);
  return { ticket, event, type: await em.findOneOrFail(TicketTypeEntity, ticket.ticketTypeId) };
}

interface Situation {
  readonly code: string;
  readonly post: Post;
  readonly show: Show | null;
  readonly state: PresenceState;
  /** The venue's. */
  readonly counts: Occupancy;
}

/** What the decision depends on. */
export async function gateFacts(tx: EntityManager, situation: Situation): Promise<GateFacts> {
  const { post, show, counts } = situation;
  const eventCounts = show?.event.capacity == null ? null : await tx.findOneOrFail(OccupancyEntity, show.event.id);
  return {
    ticket: show === null ? null : ticketFacts(show, situation.state),
    isRevoked: false,
    isForAnotherVenue: show === null && (await isForAnotherVenue(tx, post.venue, situation.code)),
    venue: { inside: counts.inside, capacity: post.venue.capacity },
    event: { inside: eventCounts?.inside ?? 0, capacity: show?.event.capacity ?? null },
  };
}

const ticketFacts = ({ ticket, event, type }: Show, state: PresenceState): GateFacts["ticket"] => ({
  status: ticket.status,
  eventStatus: event.status,
  doorsOpenAt: event.doorsOpenAt,
  endsAt: event.endsAt,
  reentryAllowed: event.reentryAllowed,
  admitsWhenFull: type.admitsWhenFull,
  isInside: insideAt(state) !== null,
  hasLeft: hasLeft(state),
});

async function isForAnotherVenue(tx: EntityManager, { id, ownerId }: Post["venue"], code: string): Promise<boolean> {
  const others = await tx.find(VenueEntity, { ownerId, id: { $ne: id } }, { fields: ["id"] });
  if (others.length === 0) return false;
  return (await tx.count(TicketEntity, { venueId: { $in: others.map((venue) => venue.id) }, code })) > 0;
}
