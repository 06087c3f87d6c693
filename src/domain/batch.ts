import { EventStatus } from "../entities/event.js";
import { type Scan, ScanDirection } from "../entities/scan.js";
import { invalid, notFound, Refusal } from "../errors.js";
import type { Attempt, AttemptResult, Submission } from "./attempt.js";
import type { BatchState, NamedEventRow, StrayCode, TicketRow } from "./batch-read.js";
import { NOTHING_CARRIED } from "./carried.js";
import { decide, type GateFacts, recordOffline, type TicketFacts } from "./decide.js";
import { type Changes, retell } from "./history.js";
import { statusAt } from "./hold-expiry.js";
import { advance, hasLeft, insideAt, NEVER_SCANNED, type PresenceState, presenceOf } from "./presence.js";
import { Quarters } from "./quarters.js";
import { makeScanId } from "./scan-id.js";
import type { ScanTimes } from "./scan-times.js";
import { Tally } from "./tally.js";
import type { TicketPast } from "./ticket-past.js";
import { following } from "./timeline.js";

/**
 * The decisions of one batch, made in memory one after the other on what was read under the venue's lock. Several scans of
 * one ticket see each other, and a key that comes twice is decided once.
 */
export class Batch implements Changes {
  readonly scans: Scan[] = [];
  readonly tally: Tally;
  readonly quarters = new Quarters();
  /** The new states of the tickets that were scanned. */
  readonly moved = new Map<string, PresenceState>();
  /** Kept scans that are otherwise now, for one came that happened before them. */
  readonly rewritten: Scan[] = [];
  private readonly byKey = new Map<string, Scan>();
  private readonly ticketsByCode: Map<string, TicketRow[]>;
  private readonly namedEvents: Map<string, NamedEventRow>;
  private readonly states = new Map<string, PresenceState>();
  private readonly gone: ReadonlySet<string>;
  private readonly late = new Map<string, TicketRow>();

  constructor(
    private readonly state: BatchState,
    private readonly elsewhere: readonly StrayCode[],
    private readonly venueId: string,
    private readonly times: ScanTimes,
  ) {
    this.tally = new Tally(venueId);
    this.ticketsByCode = Map.groupBy(state.tickets, (ticket) => ticket.code);
    this.namedEvents = new Map(state.namedEvents.map((event) => [event.id, event]));
    this.gone = new Set(state.gone.map(({ scannerId, gateId, key }) => keyOf(scannerId, gateId, key)));
    for (const scan of state.replays) this.byKey.set(keyOf(scan.scannerId, scan.gateId, scan.key), scan);
  }

  decide(submission: Submission): AttemptResult[] {
    return submission.attempts.map((attempt) => this.answer(submission, attempt));
  }

  private answer(submission: Submission, attempt: Attempt): AttemptResult {
    const key = keyOf(submission.scanner.id, submission.gateId, attempt.key);
    const stored = this.byKey.get(key);
    if (stored !== undefined) return replay(stored, attempt);
    if (this.gone.has(key)) return { scan: null, replayed: false, problem: tooOld(attempt) };
    const problem = attempt.problem ?? this.eventProblem(attempt) ?? this.timeProblem(attempt);
    if (problem !== null) return { scan: null, replayed: false, problem };
    return { scan: this.record(submission, attempt), replayed: false, problem: null };
  }

  private eventProblem(attempt: Attempt): Refusal | null {
    if (attempt.eventId === null) return null;
    const event = this.namedEvents.get(attempt.eventId);
    const isVisible =
      event !== undefined && (event.ownerId === this.state.venue.ownerId || event.status === EventStatus.PUBLISHED);
    return isVisible ? null : notFound("event", ...attempt.path, "eventId");
  }

  private timeProblem({ offline, path }: Attempt): Refusal | null {
    if (offline === null) return null;
    const { oldest, latest } = this.times;
    if (offline.scannedAt > latest) {
      return invalid(
        `\`scannedAt\` is in the future, after ${latest.toISOString()}: check the scanner's clock.`,
        ...path,
        "scannedAt",
      );
    }
    if (offline.scannedAt < oldest) {
      return invalid(`\`scannedAt\` is older than what is kept (${oldest.toISOString()}).`, ...path, "scannedAt");
    }
    return null;
  }

  private record(submission: Submission, attempt: Attempt): Scan {
    const judgedAt = attempt.offline?.scannedAt ?? this.state.venue.now;
    const ticket = chooseTicket(this.ticketsByCode.get(attempt.code) ?? [], attempt.eventId, judgedAt);
    const before = ticket === null ? NEVER_SCANNED : this.stateOf(ticket);
    const verdict = decide(this.facts(attempt, ticket, before), attempt.direction, judgedAt);
    const recorded =
      attempt.offline === null ? { ...verdict, conflict: null } : recordOffline(verdict, attempt.offline.admitted);
    const attempted: Scan = {
      id: makeScanId(),
      venueId: this.venueId,
      gateId: submission.gateId,
      scannerId: submission.scanner.id,
      deviceId: submission.scanner.deviceId,
      key: attempt.key,
      direction: attempt.direction,
      ...recorded,
      offline: attempt.offline !== null,
      automatic: false,
      code: attempt.code,
      ticketId: ticket?.ticketId ?? null,
      eventId: ticket?.eventId ?? null,
      ticketTypeId: ticket?.ticketTypeId ?? null,
      scannedAt: attempt.offline?.scannedAt ?? this.onlineTime(before),
      reportedAt: attempt.offline?.reportedAt ?? null,
      receivedAt: this.state.venue.now,
      version: this.state.venue.version + this.scans.length + 1,
      beforeAt: null,
      beforeGateId: null,
      odd: false,
    };
    const scan = following(attempted, before.latest);
    this.keep(scan, ticket, before);
    return scan;
  }

  private keep(scan: Scan, ticket: TicketRow | null, before: PresenceState): void {
    this.scans.push(scan);
    this.byKey.set(keyOf(scan.scannerId, scan.gateId, scan.key), scan);
    this.tally.countAttempt(scan, 1);
    if (ticket === null) return;
    if (isLate(scan, ticket, before)) this.late.set(ticket.ticketId, ticket);
    const after = advance(before, { ...scan, at: scan.scannedAt });
    this.states.set(ticket.ticketId, after);
    this.moved.set(ticket.ticketId, after);
    this.tally.countMove(ticket, before, after);
  }

  /** The tickets of which more must be known than where they are: a scan of theirs is not the latest. */
  get lateTickets(): string[] {
    return [...this.late.keys()];
  }

  /** Puts each scan into its place in its ticket's past. Called once, after all decisions, with the past of the late tickets. */
  settle(past: ReadonlyMap<string, TicketPast>): void {
    for (const scan of this.scans) {
      if (scan.ticketId === null || !this.late.has(scan.ticketId)) this.quarters.count(scan, 1);
    }
    for (const [id, ticket] of this.late) this.settleTicket(ticket, past.get(id) ?? NO_PAST);
  }

  private settleTicket(ticket: TicketRow, past: TicketPast): void {
    const own = this.scans.filter(({ ticketId }) => ticketId === ticket.ticketId);
    const scans = [...past.scans, ...own];
    retell({ ticket, past, scans, presence: this.stateOf(ticket) }, this, this.state.venue);
  }

  /**
   * An online scan is the latest word on its ticket: it happens after every scan of it that is known, by a millisecond where
   * the clock has not moved on, so that two scans within one are told apart by their order and not by their keys.
   */
  private onlineTime({ lastScanAt }: PresenceState): Date {
    return new Date(Math.max(this.state.venue.now.getTime(), (lastScanAt?.getTime() ?? 0) + 1));
  }

  private facts(attempt: Attempt, ticket: TicketRow | null, presence: PresenceState): GateFacts {
    const { venue } = this.state;
    const strays = ticket === null ? this.strays(attempt) : [];
    return {
      ticket: ticket === null ? null : ticketFacts(ticket, presence, venue.now),
      isRevoked: ticket?.isRevoked ?? strays.some(({ isRevoked }) => isRevoked),
      isForAnotherVenue: strays.length > 0,
      venue: { inside: venue.inside + this.tally.inside(this.venueId), capacity: venue.capacity },
      event: {
        inside: ticket === null ? 0 : ticket.eventInside + this.tally.inside(ticket.eventId),
        capacity: ticket?.eventCapacity ?? null,
      },
    };
  }

  private strays(attempt: Attempt): StrayCode[] {
    return this.elsewhere.filter(
      ({ code, eventId }) => code === attempt.code && (attempt.eventId === null || attempt.eventId === eventId),
    );
  }

  private stateOf(ticket: TicketRow): PresenceState {
    return this.states.get(ticket.ticketId) ?? presenceOf(ticket);
  }
}

const NO_PAST: TicketPast = { scans: [], carried: NOTHING_CARRIED };

const tooOld = ({ path }: Attempt): Refusal =>
  invalid("This key was used before, for a scan that is older than what is kept.", ...path, "key");

/** Whether its ticket has been scanned at a later time already, or has been checked out since. */
const isLate = ({ scannedAt }: Scan, ticket: TicketRow, { lastScanAt }: PresenceState): boolean =>
  (lastScanAt !== null && scannedAt <= lastScanAt) || (ticket.autoExitedAt !== null && scannedAt <= ticket.autoExitAt);

const keyOf = (scannerId: string, gateId: string, key: string): string => `${scannerId} ${gateId} ${key}`;

function replay(stored: Scan, attempt: Attempt): AttemptResult {
  if (stored.code === attempt.code && stored.direction === attempt.direction) {
    return { scan: stored, replayed: true, problem: null };
  }
  const message = "This key was used before with another code or direction: make a new key for every attempt.";
  return { scan: null, replayed: false, problem: new Refusal("KEY_REUSED", message, [...attempt.path, "key"]) };
}

/**
 * Of several events with the code: the one whose doors are open, else the one that starts nearest. Where several are open, one
 * of which the code is still good goes before one that has revoked it.
 */
export function chooseTicket(candidates: readonly TicketRow[], eventId: string | null, at: Date): TicketRow | null {
  const named = eventId === null ? candidates : candidates.filter((ticket) => ticket.eventId === eventId);
  const distance = (ticket: TicketRow): number => Math.abs(ticket.startsAt.getTime() - at.getTime());
  const isOpen = (ticket: TicketRow): boolean =>
    ticket.eventStatus !== EventStatus.CANCELLED && ticket.doorsOpenAt <= at && at < ticket.endsAt;
  const openness = (ticket: TicketRow): number => (isOpen(ticket) ? (ticket.isRevoked ? 1 : 2) : 0);
  const [best] = [...named].sort(
    (a, b) => openness(b) - openness(a) || distance(a) - distance(b) || (a.eventId < b.eventId ? -1 : 1),
  );
  return best ?? null;
}

/** The status as of now, of offline scans too: only the doors and the end are judged for the time of the scan. */
const ticketFacts = (ticket: TicketRow, presence: PresenceState, now: Date): TicketFacts => ({
  status: statusAt(ticket, now),
  eventStatus: ticket.eventStatus,
  doorsOpenAt: ticket.doorsOpenAt,
  endsAt: ticket.endsAt,
  reentryAllowed: ticket.reentryAllowed,
  admitsWhenFull: ticket.admitsWhenFull,
  isInside: insideAt(presence) !== null,
  hasLeft: hasLeft(presence),
});

/** Codes of entries that no ticket of the venue answers to: they may belong to another venue of the owner. */
export function strayCodes(state: BatchState, submissions: readonly Submission[]): string[] {
  const known = new Set(state.tickets.map((ticket) => ticket.code));
  const stray = new Set<string>();
  for (const { attempts } of submissions) {
    for (const { code, direction, eventId } of attempts) {
      if (direction === ScanDirection.ENTRY && (eventId !== null || !known.has(code))) stray.add(code);
    }
  }
  return [...stray];
}
