import { AvailabilityChangedDocument, type BoughtFragment, PurchaseDocument } from "../../generated/operations.js";
import { shownMoment } from "../events/times.js";
import { useFocus } from "../use-focus.js";
import { useLive, useReading } from "../use-live.js";
import { Hold } from "./hold.js";
import type { Purchase } from "./purchase.js";
import { Tickets } from "./tickets.js";

interface BoughtProps {
  readonly purchase: Purchase;
  readonly reservationId: string;
  readonly timeZone: string;
  /** Told when the buyer is done with it. */
  readonly onEnd: () => void;
}

const HEADS: Readonly<Record<BoughtFragment["status"], string>> = {
  CANCELLED: "Cancelled",
  EXPIRED: "The hold has run out",
  PAID: "Paid",
  RESERVED: "Held for you",
};

/** A reservation, from the hold to the tickets; it may also be paid or cancelled elsewhere. */
export function Bought({ purchase, reservationId, timeZone, onEnd }: BoughtProps) {
  const { data: live } = useLive(AvailabilityChangedDocument, { eventId: purchase.eventId });
  const { data, error, read } = useReading(PurchaseDocument, { reservationId }, live);
  if (!data) return <p role="status">{error ? "The reservation could not be read." : "Reading …"}</p>;
  const { reservation } = data;
  const isOpen = reservation?.status === "RESERVED" || reservation?.status === "EXPIRED";
  return (
    <>
      {reservation ? (
        <Head reservation={reservation} timeZone={timeZone} />
      ) : (
        <p>There is no such reservation any more.</p>
      )}
      {reservation && isOpen && <Hold purchase={purchase} reservation={reservation} onChange={read} />}
      {reservation?.status === "PAID" && <Tickets tickets={reservation.tickets} />}
      {reservation?.status === "CANCELLED" && (
        <p>Its places are free for others{reservation.paidAt && ", and what was paid goes back"}.</p>
      )}
      <div class="row actions">
        <button type="button" onClick={onEnd}>
          {isOpen ? "Leave it, and order something else" : "Order something else"}
        </button>
      </div>
    </>
  );
}

/** Takes the focus from the form that is gone with every step. */
function Head({ reservation, timeZone }: { readonly reservation: BoughtFragment; readonly timeZone: string }) {
  const { status, event, tickets } = reservation;
  const head = useFocus<HTMLHeadingElement>(status);
  return (
    <div>
      <h3 ref={head} tabIndex={-1}>
        {HEADS[status]}
      </h3>
      <p>
        {tickets.length === 1 ? "1 place" : `${tickets.length} places`} for {event.title},{" "}
        {shownMoment(event.startsAt, timeZone)}
      </p>
    </div>
  );
}
