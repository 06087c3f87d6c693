import { useState } from "preact/hooks";
import type { OfferFragment, SalesFragment } from "../../generated/operations.js";
import { shownNumber } from "../../kit/words.js";
import { Table } from "../table.js";
import { shownMoney } from "./money.js";
import { NewTicketType, TicketTypeEditor } from "./ticket-type-form.js";

const USUAL_CURRENCY = "EUR";

interface SalesPanelProps {
  readonly eventId: string;
  readonly sales: SalesFragment;
  readonly onChange: () => void;
}

/** The ticket types with what is sold of them, as it changes. */
export function SalesPanel({ eventId, sales, onChange }: SalesPanelProps) {
  const { ticketTypes, ticketsSold, ticketsAvailable, totalTickets, status } = sales;
  const [changed, setChanged] = useState<OfferFragment | null>(null);
  const held = ticketTypes.reduce((sum, { reserved }) => sum + reserved, 0);
  const currency = ticketTypes[0]?.price.currency ?? USUAL_CURRENCY;
  const mayChange = status !== "CANCELLED";
  const close = () => setChanged(null);
  return (
    <section class="panel" aria-labelledby="sales">
      <h2 id="sales">Ticket types and sales</h2>
      <p data-testid="sales">
        {shownNumber(ticketsSold)} of {shownNumber(totalTickets)} sold, {shownNumber(held)} held,{" "}
        {shownNumber(ticketsAvailable)} left
      </p>
      <Table
        caption="Ticket types and sales"
        heads={["Type", "Price", "Places", "Sold", "Held", "Left", "When full", ...(mayChange ? ["Change"] : [])]}
        rows={ticketTypes}
        keyOf={({ id }) => id}
        cells={(type) => [
          type.name,
          shownMoney(type.price),
          ...[type.quantity, type.sold, type.reserved, type.available].map(shownNumber),
          type.admitsWhenFull ? "admits" : "waits",
          ...(mayChange ? [<ChangeButton key={type.id} name={type.name} onClick={() => setChanged(type)} />] : []),
        ]}
        empty="No ticket type yet: nothing is for sale."
      />
      {mayChange && <h3>New ticket type</h3>}
      {mayChange && <NewTicketType key={currency} eventId={eventId} currency={currency} onDone={onChange} />}
      {changed && (
        <TicketTypeEditor
          type={changed}
          onClose={close}
          onDone={() => {
            close();
            onChange();
          }}
        />
      )}
    </section>
  );
}

function ChangeButton({ name, onClick }: { readonly name: string; readonly onClick: () => void }) {
  return (
    <button type="button" aria-label={`Change ${name}`} onClick={onClick}>
      Change
    </button>
  );
}
