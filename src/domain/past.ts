import type { PoolClient } from "pg";
import type { Presence } from "../entities/presence.js";
import type { Scan } from "../entities/scan.js";
import type { VenueRow } from "./batch-read.js";
import { PRESENCE_COLUMNS } from "./columns.js";
import { call, fly, type Statement } from "./flight.js";
import { type ChangedTicket, type Changes, retell } from "./history.js";
import { type PresenceState, presenceOf } from "./presence.js";
import { Quarters } from "./quarters.js";
import { Tally } from "./tally.js";
import { readPast } from "./ticket-past.js";

type ChangedRow = ChangedTicket["ticket"] & Omit<Presence, "ticketId">;

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
    const [tickets] = await fly(this.client, [call<ChangedRow>(TICKETS, [ticketIds])]);
    const pasts = await readPast(this.client, ticketIds);
    for (const ticket of tickets) {
      const past = pasts.get(ticket.ticketId);
      if (past === undefined) continue;
      retell({ ticket, past, scans: past.scans.map(revise), presence: presenceOf(ticket) }, this, this.venue);
    }
  }
}
