import { useQuery } from "@urql/preact";
import { useEffect, useRef } from "preact/hooks";
import { StoryDocument, type StoryQuery } from "../generated/operations.js";
import { ScanLine } from "./scans.js";

interface StoryProps {
  readonly ticketId: string;
  readonly timeZone: string;
  readonly onClose: () => void;
}

/** All that happened to a ticket at the gates, over the board until it is closed. */
export function Story({ ticketId, timeZone, onClose }: StoryProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [{ data, error }] = useQuery({ query: StoryDocument, variables: { ticketId } });
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="panel story" aria-labelledby="story" onClose={onClose}>
      <header class="row">
        <h2 id="story">The ticket's story</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <div role="status">
        {error && (
          <p class="problem">
            It could not be read: {error.graphQLErrors[0]?.message ?? "the server does not answer"}.
          </p>
        )}
        {!data && !error && <p>Reading …</p>}
        {data?.ticket && <Ticket ticket={data.ticket} timeZone={timeZone} />}
      </div>
    </dialog>
  );
}

function Ticket({
  ticket,
  timeZone,
}: {
  readonly ticket: NonNullable<StoryQuery["ticket"]>;
  readonly timeZone: string;
}) {
  const { event, ticketType, status, inside, holderName, scans } = ticket;
  return (
    <>
      <p>
        {event.title}, {ticketType.name}
        {holderName !== null && `, ${holderName}`}. {status === "PAID" ? "Paid" : status.toLowerCase()},{" "}
        <strong>{inside ? "inside" : "not inside"}</strong>.
      </p>
      <ol>
        {scans?.nodes.map((scan) => (
          <ScanLine key={scan.id} scan={scan} timeZone={timeZone} />
        ))}
      </ol>
    </>
  );
}
