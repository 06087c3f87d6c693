import { useState } from "preact/hooks";
import { OffersDocument } from "../../generated/operations.js";
import { ConnectionNews } from "../connection.js";
import type { SectionProps } from "../sections.js";
import { useReading } from "../use-live.js";
import { Bought } from "./bought.js";
import { OrderForm, type OrderFormProps } from "./order-form.js";
import { type Purchase, readPurchase, writePurchase } from "./purchase.js";
import "./buy.css";

/** Reserve, pay and hold the tickets, as any buyer does, to try out what is for sale. */
export function BuySection({ venueId }: SectionProps) {
  const { data, error } = useReading(OffersDocument, { venueId });
  const { me, venue } = data ?? {};
  const events = venue?.events.nodes.filter(({ endsAt }) => Date.parse(endsAt) > Date.now()) ?? [];
  return (
    <section class="panel" aria-labelledby="buy">
      <h2 id="buy">Buy as anybody does, to try it out</h2>
      <p role="status" class={error ? "problem" : ""}>
        {error
          ? "What is for sale could not be read."
          : venue && events.length === 0 && "Nothing is for sale: publish an event that is not over."}
      </p>
      <ConnectionNews />
      {me && venue && <Buyer key={me.id} userId={me.id} venueId={venueId} timeZone={venue.timeZone} events={events} />}
    </section>
  );
}

interface BuyerProps extends SectionProps, Pick<OrderFormProps, "timeZone" | "events"> {
  readonly userId: string;
}

/** What was begun is gone on with after a reload. */
function Buyer({ userId, venueId, timeZone, events }: BuyerProps) {
  const [purchase, setPurchase] = useState(() => readPurchase(userId, venueId));
  const keep = (next: Purchase | null) => {
    writePurchase(userId, venueId, next);
    setPurchase(next);
  };
  if (purchase !== null && purchase.reservationId !== null) {
    const { reservationId } = purchase;
    return <Bought purchase={purchase} reservationId={reservationId} timeZone={timeZone} onEnd={() => keep(null)} />;
  }
  return events.length > 0 && <OrderForm purchase={purchase} onChange={keep} timeZone={timeZone} events={events} />;
}
