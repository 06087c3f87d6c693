import type { GateCountsFragment } from "../generated/operations.js";
import { shownNumber } from "../kit/words.js";

interface GateProps {
  /** Null before the server has told any. */
  readonly counts: GateCountsFragment | null;
  readonly gateId: string | null;
  readonly isAway: boolean;
}

/** Where the scanner stands, who has passed it there, and how full it is. */
export function Gate({ counts, gateId, isAway }: GateProps) {
  const here = counts?.gates.find(({ gate }) => gate.id === gateId);
  return (
    <header class="gate">
      <div class="row">
        <h1>{here ? here.gate.name : "Scanner"}</h1>
        <p role="status" class={`connection ${isAway ? "lost" : "live"}`}>
          {isAway ? "No network" : "Online"}
        </p>
      </div>
      {counts && here && (
        <p class="counts">
          <strong>{shownNumber(here.entries)} in</strong>, {shownNumber(here.exits)} out here;{" "}
          <strong>{shownNumber(counts.inside)}</strong> of {shownNumber(counts.capacity)} inside {counts.venue.name}
        </p>
      )}
      {counts && (
        <meter min={0} max={counts.capacity} high={counts.capacity * 0.9} value={counts.inside} aria-label="Filled" />
      )}
    </header>
  );
}
