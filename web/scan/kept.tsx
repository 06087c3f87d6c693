import { useEffect, useState } from "preact/hooks";
import { REASONS } from "../kit/words.js";
import { type Attempt, countPending, troubled } from "./store.js";

interface KeptProps {
  readonly device: string;
  readonly cannotKeep: boolean;
  /** Read anew when it is another. */
  readonly changes: number;
}

/** What waits for the network, and what came out to be wrong afterwards. */
export function Kept({ device, cannotKeep, changes }: KeptProps) {
  const [{ own, others }, setWaiting] = useState({ own: 0, others: 0 });
  const [trouble, setTrouble] = useState<readonly Attempt[]>([]);
  const [isBroken, setBroken] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is on the disk has changed then
  useEffect(() => {
    Promise.all([countPending(device).then(setWaiting), troubled().then(setTrouble)]).then(
      () => setBroken(false),
      () => setBroken(true),
    );
  }, [device, changes]);
  return (
    <>
      <p role="status" class="pending">
        {own > 0 && `${own} pending: kept on this device until there is a network`}
      </p>
      {others > 0 && (
        <p class="problem">{others} were kept by a device that this phone was before, and can be sent by it alone.</p>
      )}
      {(isBroken || cannotKeep) && (
        <p role="alert" class="problem">
          This phone has no room to keep scans: without a network do not go on.
        </p>
      )}
      {trouble.length > 0 && <Conflicts attempts={trouble} />}
    </>
  );
}

function Conflicts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  return (
    <section class="panel conflicts" aria-labelledby="conflicts">
      <h2 id="conflicts">Conflicts</h2>
      <ul>
        {attempts.map(({ key, code, scannedAt, conflict, problem }) => (
          <li key={key}>
            <time dateTime={scannedAt}>{new Date(scannedAt).toLocaleTimeString("en-GB")}</time> <code>{code}</code>{" "}
            {conflict ? `let through, though ${REASONS[conflict]}` : problem}
          </li>
        ))}
      </ul>
    </section>
  );
}
