import type { BoughtFragment } from "../../generated/operations.js";
import { QrCode } from "../../kit/qr-code.js";
import { TICKET_STATUSES } from "../events/words.js";

/** Each with its code, to be held in front of the scanner's camera. */
export function Tickets({ tickets }: Pick<BoughtFragment, "tickets">) {
  return (
    <ul class="tickets" aria-label="Tickets">
      {tickets.map(({ id, code, status, ticketType }) => (
        <li key={id} class="panel">
          <strong>{ticketType.name}</strong>
          {status === "PAID" && code !== null ? (
            <>
              <QrCode text={code} label={`QR code of the ticket ${code}`} />
              <code>{code}</code>
            </>
          ) : (
            <span>{TICKET_STATUSES[status]}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
