import type { AnomalyLineFragment } from "../generated/operations.js";
import { shownNumber } from "../kit/words.js";
import type { Alert } from "./model.js";
import { ANOMALIES, shownTime } from "./words.js";

interface NoticesProps {
  readonly anomalies: readonly AnomalyLineFragment[];
  readonly alerts: readonly Alert[];
  readonly timeZone: string;
  readonly onTicket: (ticketId: string) => void;
}

export function Notices({ anomalies, alerts, timeZone, onTicket }: NoticesProps) {
  return (
    <section class="panel notices" aria-labelledby="notices">
      <h2 id="notices">Alerts and anomalies</h2>
      <p class="since">Alerts since the board was opened, and the last anomalies</p>
      {/* What is urgent is spoken at once. */}
      <ul role="log" aria-live="assertive" aria-label="Alerts">
        {alerts.map(({ at, thresholdPercent, inside, capacity }) => (
          <li key={`${at} ${thresholdPercent}`} class="alert">
            <div>
              <time dateTime={at}>{shownTime(at, timeZone)}</time>
              <strong>{thresholdPercent} % reached</strong>
              <span>
                {shownNumber(inside)} of {shownNumber(capacity)}
              </span>
            </div>
          </li>
        ))}
      </ul>
      {alerts.length + anomalies.length === 0 && <p>None.</p>}
      <ul aria-label="Anomalies">
        {anomalies.map((anomaly) => (
          <AnomalyLine key={anomaly.id} anomaly={anomaly} timeZone={timeZone} onTicket={onTicket} />
        ))}
      </ul>
    </section>
  );
}

interface AnomalyLineProps extends Pick<NoticesProps, "timeZone" | "onTicket"> {
  readonly anomaly: AnomalyLineFragment;
}

function AnomalyLine({ anomaly: { at, kind, message, gate, ticket }, timeZone, onTicket }: AnomalyLineProps) {
  const line = (
    <>
      <time dateTime={at}>{shownTime(at, timeZone)}</time>
      <strong>{ANOMALIES[kind]}</strong>
      <span title={message}>{gate?.name ?? message}</span>
    </>
  );
  return (
    <li class="anomaly">
      {ticket ? (
        <button type="button" onClick={() => onTicket(ticket.id)}>
          {line}
        </button>
      ) : (
        <div>{line}</div>
      )}
    </li>
  );
}
