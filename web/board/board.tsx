import { memo } from "preact/compat";
import { useCallback, useState } from "preact/hooks";
import type { PageProps } from "../kit/page.js";
import { useConnection } from "../kit/use-connection.js";
import * as curves from "./curves.js";
import * as gates from "./gates.js";
import * as inside from "./inside.js";
import * as notices from "./notices.js";
import * as scanList from "./scans.js";
import { Story } from "./story.js";
import { useBoard } from "./use-board.js";

const CONNECTIONS = {
  connecting: "Connecting …",
  live: "Live",
  lost: "Connection lost. What you see may be old; trying again …",
} as const;

// Each part is drawn only when what it shows has changed.
const Inside = memo(inside.Inside);
const Gates = memo(gates.Gates);
const Curves = memo(curves.Curves);
const Scans = memo(scanList.Scans);
const Notices = memo(notices.Notices);

export function Board({ venueId, ...page }: PageProps & { readonly venueId: string }) {
  const { state, problem } = useBoard(page, venueId);
  const connection = useConnection(page.socket);
  const [ticketId, setTicketId] = useState<string | null>(null);
  const closeStory = useCallback(() => setTicketId(null), []);
  const { venue, counts, scans, anomalies, alerts, history, seen } = state;
  const timeZone = venue?.timeZone ?? "UTC";
  return (
    <main class={`board ${connection}`}>
      <header class="row across">
        <h1>{venue?.name ?? "Board"}</h1>
        <p role="status" class={`connection ${connection}`}>
          {CONNECTIONS[connection]}
        </p>
        <a href="#venue=">Other venue</a>
      </header>
      {problem !== null && (
        <p role="alert" class="problem across">
          {problem}
        </p>
      )}
      {counts && <Inside counts={counts} thresholds={venue?.alertThresholdPercents ?? []} />}
      {counts && <Gates gates={counts.gates} />}
      {counts && <Curves history={history} seen={seen} capacity={counts.capacity} timeZone={timeZone} />}
      {scans && <Scans scans={scans} timeZone={timeZone} onTicket={setTicketId} />}
      {scans && <Notices anomalies={anomalies} alerts={alerts} timeZone={timeZone} onTicket={setTicketId} />}
      {ticketId !== null && <Story ticketId={ticketId} timeZone={timeZone} onClose={closeStory} />}
    </main>
  );
}
