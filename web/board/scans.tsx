import { useState } from "preact/hooks";
import type { Line } from "./model.js";
import { shownTime, verdictOf } from "./words.js";

interface ScansProps {
  /** Newest first. */
  readonly scans: readonly Line[];
  readonly timeZone: string;
  readonly onTicket: (ticketId: string) => void;
}

/** The list stands still while somebody points at it, or has gone into it with the keyboard, or has stopped it. */
export function Scans({ scans, timeZone, onTicket }: ScansProps) {
  const [isStopped, setStopped] = useState(false);
  const [isTouched, setTouched] = useState(false);
  const [held, setHeld] = useState<readonly Line[] | null>(null);
  const stands = isStopped || isTouched;
  if (stands && held === null) setHeld(scans);
  if (!stands && held !== null) setHeld(null);
  return (
    <section class="panel scans" aria-labelledby="scans">
      <header class="row">
        <h2 id="scans">Last scans</h2>
        <button type="button" aria-pressed={isStopped} onClick={() => setStopped(!isStopped)}>
          {isStopped ? "Go on" : "Stop"}
        </button>
      </header>
      {scans.length === 0 && <p>None yet.</p>}
      <ol
        onPointerEnter={() => setTouched(true)}
        onPointerLeave={() => setTouched(false)}
        onFocusIn={() => setTouched(true)}
        onFocusOut={() => setTouched(false)}
      >
        {(stands && held !== null ? held : scans).map((scan) => (
          <ScanLine key={scan.id} scan={scan} timeZone={timeZone} onTicket={onTicket} />
        ))}
      </ol>
    </section>
  );
}

interface ScanLineProps extends Pick<ScansProps, "timeZone"> {
  readonly scan: Line;
  readonly onTicket?: ScansProps["onTicket"];
}

export function ScanLine({ scan, timeZone, onTicket }: ScanLineProps) {
  const { ticket, code, gate, scannedAt, offline, capacityOverride } = scan;
  const line = (
    <>
      <time dateTime={scannedAt}>{shownTime(scannedAt, timeZone)}</time>
      <strong>{verdictOf(scan)}</strong>
      <span>
        {[gate?.name ?? "…", ticket?.ticketType.name, offline && "offline", capacityOverride && "beyond the capacity"]
          .filter(Boolean)
          .join(", ")}{" "}
        <code>{code}</code>
      </span>
    </>
  );
  return (
    <li class={scan.outcome === "REFUSED" ? "refused" : scan.direction === "ENTRY" ? "entry" : "exit"}>
      {ticket && onTicket ? (
        <button type="button" onClick={() => onTicket(ticket.id)}>
          {line}
        </button>
      ) : (
        <div>{line}</div>
      )}
    </li>
  );
}
