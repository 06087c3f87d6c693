import { useState } from "preact/hooks";
import {
  CancelTicketDocument,
  EventTicketsDocument,
  type SalesFragment,
  type TicketLineFragment,
  type TicketStatus,
} from "../../generated/operations.js";
import { shownNumber } from "../../kit/words.js";
import { Dialog } from "../dialog.js";
import { Form } from "../form.js";
import { Table } from "../table.js";
import { useReading } from "../use-live.js";
import { TicketIssue } from "./ticket-issue.js";
import { TICKET_STATUSES } from "./words.js";

interface TicketsPanelProps {
  readonly eventId: string;
  readonly sales: SalesFragment;
  /** Read anew whenever it is another. */
  readonly changes: string;
}

/** A page of them at a time, those that were made first first. */
export function TicketsPanel({ eventId, sales, changes }: TicketsPanelProps) {
  const [status, setStatus] = useState<TicketStatus | null>("PAID");
  const [after, setAfter] = useState<string | null>(null);
  const [chosen, setChosen] = useState<TicketLineFragment | null>(null);
  const { data, error, read } = useReading(EventTicketsDocument, { eventId, status, after }, changes);
  const tickets = data?.event?.tickets;
  const close = () => setChosen(null);
  const done = () => {
    close();
    read();
  };
  return (
    <section class="panel" aria-labelledby="tickets">
      <header class="row">
        <h2 id="tickets">Tickets</h2>
        <StatusPicker
          onChange={(next) => {
            setStatus(next);
            setAfter(null);
          }}
        />
      </header>
      <p role="status" class={error ? "problem" : ""}>
        {error ? "The tickets could not be read." : tickets && `${shownNumber(tickets.totalCount)} in all`}
      </p>
      {tickets && <Tickets tickets={tickets.nodes} onCancel={setChosen} />}
      <div class="row pages">
        {after !== null && (
          <button type="button" onClick={() => setAfter(null)}>
            First tickets
          </button>
        )}
        {tickets?.pageInfo.hasNextPage && (
          <button type="button" onClick={() => setAfter(tickets.pageInfo.endCursor)}>
            Next tickets
          </button>
        )}
      </div>
      {sales.status !== "CANCELLED" && sales.ticketTypes.length > 0 && (
        <TicketIssue eventId={eventId} types={sales.ticketTypes} onDone={read} />
      )}
      {chosen && <CancelTicket ticket={chosen} onDone={done} onClose={close} />}
    </section>
  );
}

const ANY = "ANY";

function StatusPicker({ onChange }: { readonly onChange: (status: TicketStatus | null) => void }) {
  const statuses = Object.entries(TICKET_STATUSES) as [TicketStatus, string][];
  return (
    <label class="row">
      State
      <select onChange={({ currentTarget: { value } }) => onChange(value === ANY ? null : (value as TicketStatus))}>
        {statuses.map(([status, words]) => (
          <option key={status} value={status} selected={status === "PAID"}>
            {words}
          </option>
        ))}
        <option value={ANY}>Any</option>
      </select>
    </label>
  );
}

interface TicketsProps {
  readonly tickets: readonly TicketLineFragment[];
  readonly onCancel: (ticket: TicketLineFragment) => void;
}

function Tickets({ tickets, onCancel }: TicketsProps) {
  return (
    <Table
      caption="Tickets"
      heads={["Code", "Type", "Holder", "State", "Cancel"]}
      rows={tickets}
      keyOf={({ id }) => id}
      cells={(ticket) => [
        <code key={ticket.id}>{ticket.code ?? "not yours to read"}</code>,
        ticket.ticketType.name,
        ticket.holderName ?? ticket.holder?.name ?? "nobody named",
        `${TICKET_STATUSES[ticket.status]}${ticket.inside ? ", inside" : ""}`,
        ticket.status === "PAID" && (
          <button
            key={ticket.id}
            type="button"
            class="danger"
            aria-label={`Cancel ${ticket.code}`}
            onClick={() => onCancel(ticket)}
          >
            Cancel
          </button>
        ),
      ]}
      empty="None."
    />
  );
}

interface CancelTicketProps {
  readonly ticket: TicketLineFragment;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function CancelTicket({ ticket: { id: ticketId, code }, onDone, onClose }: CancelTicketProps) {
  return (
    <Dialog title="Cancel the ticket?" onClose={onClose} close="Keep it">
      <p>
        <code>{code}</code> admits nobody any more, its place is free again, what was paid for it goes back, and its
        holder is told. This cannot be undone.
      </p>
      <Form document={CancelTicketDocument} input={() => ({ ticketId })} onDone={onDone} submit="Cancel the ticket" />
    </Dialog>
  );
}
