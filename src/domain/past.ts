import type { PoolClient } from "pg";
import type { Presence } from "../entities/presence.js";
import type { Scan } from "../entities/scan.js";
import type { VenueRow } from "./batch-read.js";
import type { Changes } from "./batch-write.js";
import { PRESENCE_COLUMNS } from "./columns.js";
import { call, fly, type Statement } from "./flight.js";
import { retell } from "./history.js";
import { type PresenceState, presenceOf } from "./presence.js";
import { Quarters } from "./quarters.js";
import { Tally, type TicketPlace } from "./tally.js";
import { readPast, type TicketPast } from "./ticket-past.js";

type TicketRow = TicketPlace & {
  readonly ticketId: string;
  readonly autoExitAt: Date;
  readonly autoExitedAt: Date | null;
} & Omit<Presence, "ticketId">;

const TICKETS: Statement = {
  name: "past.tickets",
  text: `/* past.tickets */
    select t.id as "ticketId", t.event_id as "eventId", t.ticket_type_id as "ticketTypeId",
      e.auto_exit_at as "autoExitAt", e.auto_exited_at as "autoExitedAt", ${PRESENCE_COLUMNS}
    from tickets t join events e on e.id = t.event_id left join presences p on p.ticket_id = t.id
    where t.id = any($1)`,
};

/** What changes in the pasts of a venue's tickets, read and worked out under the venue's lock. */
export class Past implements Changes {
  readonly scans: Scan[] = [];
  readonly rewritten: Scan[] = [];
  readonly moved = new Map<string, PresenceState>();
  readonly tally: Tally;
  readonly quarters = new Quarters();

  constructor(
    private readonly client: PoolClient,
    venueId: string,
    private readonly venue: VenueRow,
  ) {
    this.tally = new Tally(venueId);
  }

  /** Tells the tickets' stories anew, each from all of its scans as `revise` has them. */
  async retell(ticketIds: readonly string[], revise: (scan: Scan) => Scan = (scan) => scan): Promise<void> {
    if (ticketIds.length === 0) return;
    const [tickets] = await fly(this.client, [call<TicketRow>(TICKETS, [ticketIds])]);
    const past = await readPast(this.client, ticketIds);
    for (const ticket of tickets) {
      const its = past.get(ticket.ticketId);
      if (its !== undefined) this.retellTicket(ticket, its, revise);
    }
  }

  /** Replaces a scan of no ticket. */
  replace(before: Scan, after: Scan): void {
    this.quarters.count(before, -1);
    this.quarters.count(after, 1);
    this.tally.countAttempt(before, -1);
    this.tally.countAttempt(after, 1);
    this.rewritten.push(after);
  }

  private retellTicket(ticket: TicketRow, { scans: stored, carried }: TicketPast, revise: (scan: Scan) => Scan): void {
    const { now, version } = this.venue;
    const { presence, rewritten, added } = retell(
      {
        place: ticket,
        stored,
        carried,
        scans: stored.map(revise),
        presence: presenceOf(ticket),
        dueExit: ticket.autoExitedAt === null ? null : { at: ticket.autoExitAt, now },
      },
      this.tally,
      this.quarters,
    );
    this.moved.set(ticket.ticketId, presence);
    this.rewritten.push(...rewritten);
    for (const scan of added) {
      this.tally.countAttempt(scan, 1);
      this.scans.push({ ...scan, version: version + this.scans.length + 1 });
    }
  }
}
