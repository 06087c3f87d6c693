import { randomUUID } from "node:crypto";
import { RefusalReason, ScanDirection, ScanOutcome } from "../../src/entities/scan.js";

/** One attempt, and what must come of it. */
export interface Draw {
  readonly key: string;
  readonly code: string;
  readonly direction: ScanDirection;
  readonly reason: RefusalReason | null;
  /** Null: a code that no ticket has. */
  readonly ticket: number | null;
}

export interface Totals {
  inside: number;
  entries: number;
  exits: number;
  refusals: number;
}

export const TICKETS = 10_000;

const UNKNOWN_SHARE = 0.01;
const DOUBLE_ENTRY_SHARE = 0.09;

export const codeOf = (ticket: number): string => `TICKET-${String(ticket).padStart(6, "0")}`;

export const outcomeOf = ({ reason }: Draw): ScanOutcome =>
  reason === null ? ScanOutcome.ACCEPTED : ScanOutcome.REFUSED;

/**
 * The people at one venue, as the scanners know them: half of the passages lead in and half out, and a tenth are refused.
 * No ticket is in two scans at once, so that every verdict is known beforehand and every answer can be checked.
 */
export class Crowd {
  /** Everybody has been in and out once before the beginning. */
  readonly totals: Totals;
  private readonly outside: number[];
  private readonly inside: number[] = [];

  constructor(tickets: number) {
    this.totals = { inside: 0, entries: tickets, exits: tickets, refusals: 0 };
    this.outside = Array.from({ length: tickets }, (_, ticket) => ticket);
  }

  draw(): Draw {
    const chance = Math.random();
    if (chance < UNKNOWN_SHARE) return unknownTicket();
    if (chance < UNKNOWN_SHARE + DOUBLE_ENTRY_SHARE && this.inside.length > 0) return this.doubleEntry();
    return this.passage();
  }

  /** A scan that is accepted. */
  passage(): Draw {
    const leaves = this.outside.length === 0 || (this.inside.length > 0 && Math.random() < 0.5);
    const ticket = takeAny(leaves ? this.inside : this.outside);
    return attempt(ticket, leaves ? ScanDirection.EXIT : ScanDirection.ENTRY, null);
  }

  /** The scan was answered as expected. */
  settle({ ticket, direction, reason }: Draw): void {
    const isEntry = direction === ScanDirection.ENTRY;
    if (ticket !== null) (isEntry ? this.inside : this.outside).push(ticket);
    if (reason !== null) {
      this.totals.refusals += 1;
      return;
    }
    this.totals[isEntry ? "entries" : "exits"] += 1;
    this.totals.inside += isEntry ? 1 : -1;
  }

  private doubleEntry(): Draw {
    return attempt(takeAny(this.inside), ScanDirection.ENTRY, RefusalReason.ALREADY_INSIDE);
  }
}

const attempt = (ticket: number, direction: ScanDirection, reason: RefusalReason | null): Draw => ({
  key: randomUUID(),
  code: codeOf(ticket),
  direction,
  reason,
  ticket,
});

function unknownTicket(): Draw {
  const key = randomUUID();
  return { key, code: key, direction: ScanDirection.ENTRY, reason: RefusalReason.UNKNOWN_TICKET, ticket: null };
}

/** Takes a random one out, in constant time. */
function takeAny(tickets: number[]): number {
  const index = Math.floor(Math.random() * tickets.length);
  const last = tickets.pop();
  if (last === undefined) throw new Error("every ticket is in a scan at once: more tickets are needed");
  const taken = tickets[index] ?? last;
  if (index < tickets.length) tickets[index] = last;
  return taken;
}
