import type { Verdict as Words } from "./words.js";

export interface ShownVerdict extends Words {
  readonly code: string;
  /** Each one's own. */
  readonly number: number;
}

interface VerdictProps {
  /** Newest first. */
  readonly shown: readonly ShownVerdict[];
  /** The code that is being asked about, which is told only where the answer takes its time. */
  readonly asked: string | null;
}

/** The newest fills the screen; those before it stand below, for who has looked away. */
export function Verdict({ shown: [last, ...before], asked }: VerdictProps) {
  return (
    <div class="verdicts">
      {/* Another element for each, so that the same verdict is seen and spoken again. */}
      <div role="status" key={last?.number} class={`verdict ${last?.kind ?? "none"}`}>
        <strong>{last?.word ?? "Ready"}</strong>
        <span>{last?.detail}</span>
        <code>{last?.code}</code>
      </div>
      {asked !== null && (
        <p class="asking">
          Asking about <code>{asked}</code> …
        </p>
      )}
      {before.length > 0 && (
        <ol class="before" aria-label="Before">
          {before.map(({ number, kind, word, code }) => (
            <li key={number} class={kind}>
              <strong>{word}</strong> <code>{code}</code>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
