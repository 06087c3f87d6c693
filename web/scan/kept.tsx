import { useEffect, useState } from "preact/hooks";
import { REASONS } from "../shared/words.js";
import { type Attempt, countPending, troubled } from "./store.js";

/** What waits for the network, and what came out to be wrong afterwards. `changes`: read anew when it is another. */
export function Kept({ changes }: { readonly changes: number }) {
  const [waiting, setWaiting] = useState(0);
  const [trouble, setTrouble] = useState<readonly Attempt[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is on the disk has changed then
  useEffect(() => {
    void countPending().then(setWaiting);
    void troubled().then(setTrouble);
  }, [changes]);
  return (
    <>
      <p role="status" class="pending">
        {waiting > 0 && `${waiting} pending: kept on this device until there is a network`}
      </p>
      {trouble.length > 0 && (
        <section class="panel" aria-labelledby="trouble">
          <h2 id="trouble">Conflicts</h2>
          <ul>
            {trouble.map(({ key, code, scannedAt, conflict, problem }) => (
              <li key={key}>
                <time dateTime={scannedAt}>{new Date(scannedAt).toLocaleTimeString("en-GB")}</time> <code>{code}</code>{" "}
                {conflict ? `let through, though ${REASONS[conflict]}` : problem}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
