import { useEffect, useState } from "preact/hooks";
import type { CountsFragment } from "../generated/operations.js";
import { shownNumber } from "../kit/words.js";
import { levelOf } from "./level.js";

interface InsideProps {
  readonly counts: CountsFragment;
  /** Percentages of the capacity. */
  readonly thresholds: readonly number[];
}

/** The count that is read across the room. */
export function Inside({ counts, thresholds }: InsideProps) {
  const { inside, capacity, available, theoretical, entries, exits, refusals } = counts;
  const level = levelOf(inside, capacity, thresholds);
  const percent = Math.min(100, capacity === 0 ? 100 : (inside * 100) / capacity);
  return (
    <section class={`panel inside ${level.name}`} aria-label="Inside">
      <p class="count" data-testid="inside">
        {shownNumber(inside)}
      </p>
      <p class="capacity">
        inside of <strong>{shownNumber(capacity)}</strong>, {shownNumber(available)} left
      </p>
      <meter class="spoken" min={0} max={capacity} value={inside} aria-label="Filled" aria-valuetext={level.words} />
      <div class="bar" aria-hidden="true">
        <div class="filled" style={{ width: `${percent}%` }} />
        {thresholds
          .filter((threshold) => threshold < 100)
          .map((threshold) => (
            <div key={threshold} class="threshold" style={{ left: `${threshold}%` }} />
          ))}
      </div>
      <p class="level">{level.words}</p>
      <dl class="figures">
        <Figure name="Entries" value={entries} />
        <Figure name="Exits" value={exits} />
        <Figure name="Refused" value={refusals} />
        <Figure
          name="Theoretical"
          value={theoretical}
          title="Who would be inside, had nobody been refused because it was full"
        />
      </dl>
      <Spoken inside={inside} words={level.words} />
    </section>
  );
}

function Figure({ name, value, title }: { readonly name: string; readonly value: number; readonly title?: string }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{shownNumber(value)}</dd>
    </div>
  );
}

const SPOKEN_MILLISECONDS = 30_000;

/** For who listens: a count that changes ten times a second would never let anything else be heard. */
function Spoken({ inside, words }: { readonly inside: number; readonly words: string }) {
  const now = `${shownNumber(inside)} inside. ${words}.`;
  const [spoken, setSpoken] = useState({ text: now, at: Date.now() });
  useEffect(() => {
    const wait = Math.max(0, spoken.at + SPOKEN_MILLISECONDS - Date.now());
    const timer = setTimeout(
      () => setSpoken((before) => (before.text === now ? before : { text: now, at: Date.now() })),
      wait,
    );
    return () => clearTimeout(timer);
  }, [now, spoken]);
  return (
    <p role="status" class="spoken">
      {spoken.text}
    </p>
  );
}
