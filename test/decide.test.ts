import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, type GateFacts, recordOffline, type TicketFacts } from "../src/domain/decide.js";
import { EventStatus } from "../src/entities/event.js";
import { RefusalReason, ScanDirection, ScanOutcome } from "../src/entities/scan.js";
import { TicketStatus } from "../src/entities/ticket.js";

const OPEN = new Date("2026-06-01T18:00:00Z");
const DURING = new Date("2026-06-01T20:00:00Z");
const END = new Date("2026-06-01T23:00:00Z");
const { ENTRY, EXIT } = ScanDirection;

const GOOD_TICKET: TicketFacts = {
  status: TicketStatus.PAID,
  eventStatus: EventStatus.PUBLISHED,
  doorsOpenAt: OPEN,
  endsAt: END,
  reentryAllowed: true,
  admitsWhenFull: false,
  isInside: false,
  hasLeft: false,
};
const EMPTY_ROOM = { inside: 0, capacity: 100 };
const FULL_ROOM = { inside: 100, capacity: 100 };

const facts = (ticket: Partial<TicketFacts> | null = {}, rest: Partial<GateFacts> = {}): GateFacts => ({
  ticket: ticket && { ...GOOD_TICKET, ...ticket },
  isRevoked: false,
  isForAnotherVenue: false,
  venue: EMPTY_ROOM,
  event: { inside: 0, capacity: null },
  ...rest,
});
const reason = (given: GateFacts, at = DURING) => decide(given, ENTRY, at).reason;

describe("an entry", () => {
  it("is accepted with a paid ticket between doors and end", () => {
    expect(decide(facts(), ENTRY, DURING)).toEqual({
      outcome: ScanOutcome.ACCEPTED,
      reason: null,
      capacityOverride: false,
    });
  });

  it.each<[string, GateFacts, RefusalReason]>([
    ["of no ticket", facts(null), RefusalReason.UNKNOWN_TICKET],
    ["under an old code", facts({}, { isRevoked: true }), RefusalReason.REVOKED],
    [
      "under an old code of another venue",
      facts(null, { isRevoked: true, isForAnotherVenue: true }),
      RefusalReason.REVOKED,
    ],
    ["of a ticket for another venue", facts(null, { isForAnotherVenue: true }), RefusalReason.WRONG_VENUE],
    ["of a cancelled event", facts({ eventStatus: EventStatus.CANCELLED }), RefusalReason.EVENT_CANCELLED],
    ["of a cancelled ticket", facts({ status: TicketStatus.CANCELLED }), RefusalReason.CANCELLED],
    ["of a hold that ran out", facts({ status: TicketStatus.EXPIRED }), RefusalReason.EXPIRED],
    ["of an unpaid hold", facts({ status: TicketStatus.RESERVED }), RefusalReason.NOT_PAID],
    ["of somebody inside", facts({ isInside: true }), RefusalReason.ALREADY_INSIDE],
    [
      "again where that is not allowed",
      facts({ hasLeft: true, reentryAllowed: false }),
      RefusalReason.REENTRY_NOT_ALLOWED,
    ],
    ["into a full venue", facts({}, { venue: FULL_ROOM }), RefusalReason.VENUE_FULL],
    ["into a full event", facts({}, { event: FULL_ROOM }), RefusalReason.EVENT_FULL],
  ])("%s is refused", (_title, given, expected) => {
    expect(reason(given)).toBe(expected);
  });

  it("is too early to the millisecond before the doors, and too late from the end on", () => {
    expect(reason(facts(), new Date(OPEN.getTime() - 1))).toBe(RefusalReason.TOO_EARLY);
    expect(reason(facts(), OPEN)).toBeNull();
    expect(reason(facts(), new Date(END.getTime() - 1))).toBeNull();
    expect(reason(facts(), END)).toBe(RefusalReason.TOO_LATE);
  });

  it("is good for an issued ticket of a draft", () => {
    expect(reason(facts({ eventStatus: EventStatus.DRAFT }))).toBeNull();
  });

  it("goes beyond the capacity of venue and event for a type that admits when full", () => {
    const full = facts({ admitsWhenFull: true }, { venue: FULL_ROOM, event: FULL_ROOM });
    expect(decide(full, ENTRY, DURING)).toMatchObject({ outcome: ScanOutcome.ACCEPTED, capacityOverride: true });
    expect(decide(facts({ admitsWhenFull: true }), ENTRY, DURING)).toMatchObject({ capacityOverride: false });
  });
});

const anyRoom = fc.record({ inside: fc.nat(5), capacity: fc.option(fc.integer({ min: 1, max: 5 })) });
const anyFacts: fc.Arbitrary<GateFacts> = fc.record({
  ticket: fc.option(
    fc.record({
      status: fc.constantFrom(...Object.values(TicketStatus)),
      eventStatus: fc.constantFrom(...Object.values(EventStatus)),
      doorsOpenAt: fc.constant(OPEN),
      endsAt: fc.constant(END),
      reentryAllowed: fc.boolean(),
      admitsWhenFull: fc.boolean(),
      isInside: fc.boolean(),
      hasLeft: fc.boolean(),
    }),
  ),
  isRevoked: fc.boolean(),
  isForAnotherVenue: fc.boolean(),
  venue: anyRoom,
  event: anyRoom,
});
const anyTime = fc.date({
  min: new Date(OPEN.getTime() - 3_600_000),
  max: new Date(END.getTime() + 3_600_000),
  noInvalidDate: true,
});

/** The contract's order of reasons, each with when it holds, written out a second time without early returns. */
function reasonsThatHold({ ticket, isRevoked, isForAnotherVenue, venue, event }: GateFacts, at: Date): RefusalReason[] {
  const full = (room: { inside: number; capacity: number | null }) =>
    room.capacity !== null && room.inside >= room.capacity;
  const holds: [RefusalReason, boolean][] = [
    [RefusalReason.UNKNOWN_TICKET, ticket === null && !isForAnotherVenue && !isRevoked],
    [RefusalReason.REVOKED, isRevoked],
    [RefusalReason.WRONG_VENUE, ticket === null && isForAnotherVenue],
    [RefusalReason.EVENT_CANCELLED, ticket?.eventStatus === EventStatus.CANCELLED],
    [RefusalReason.CANCELLED, ticket?.status === TicketStatus.CANCELLED],
    [RefusalReason.EXPIRED, ticket?.status === TicketStatus.EXPIRED],
    [RefusalReason.NOT_PAID, ticket?.status === TicketStatus.RESERVED],
    [RefusalReason.TOO_EARLY, ticket !== null && at < OPEN],
    [RefusalReason.TOO_LATE, ticket !== null && at >= END],
    [RefusalReason.ALREADY_INSIDE, ticket?.isInside === true],
    [RefusalReason.REENTRY_NOT_ALLOWED, ticket?.hasLeft === true && !ticket.reentryAllowed],
    [RefusalReason.VENUE_FULL, ticket?.admitsWhenFull === false && full(venue)],
    [RefusalReason.EVENT_FULL, ticket?.admitsWhenFull === false && full(event)],
  ];
  return holds.flatMap(([reason, isTrue]) => (isTrue ? [reason] : []));
}

describe("the decision", () => {
  it("never refuses an exit, whatever the code", () => {
    fc.assert(
      fc.property(anyFacts, anyTime, (given, at) => {
        expect(decide(given, EXIT, at)).toEqual({
          outcome: ScanOutcome.ACCEPTED,
          reason: null,
          capacityOverride: false,
        });
      }),
    );
  });

  it("gives the first reason that holds in the order of the contract, and accepts where none does", () => {
    fc.assert(
      fc.property(anyFacts, anyTime, (given, at) => {
        const [first = null] = reasonsThatHold(given, at);
        const verdict = decide(given, ENTRY, at);
        expect(verdict.reason).toBe(first);
        expect(verdict.outcome).toBe(first === null ? ScanOutcome.ACCEPTED : ScanOutcome.REFUSED);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes an offline scan as the fact it is, with the server's reason as conflict or as reason", () => {
    fc.assert(
      fc.property(anyFacts, anyTime, fc.boolean(), (given, at, admitted) => {
        const verdict = decide(given, ENTRY, at);
        const recorded = recordOffline(verdict, admitted);
        expect(recorded.outcome).toBe(admitted ? ScanOutcome.ACCEPTED : ScanOutcome.REFUSED);
        expect(admitted ? recorded.conflict : recorded.reason).toBe(verdict.reason);
        expect(admitted ? recorded.reason : recorded.conflict).toBeNull();
      }),
    );
  });
});
