import { useMemo } from "preact/hooks";
import { Chart } from "./chart.js";
import type { Moment } from "./model.js";
import { arrivalSeries, insideSeries } from "./series.js";
import { useThrottled } from "./use-throttled.js";

const DRAWN_MILLISECONDS = 500;

interface CurvesProps {
  readonly history: readonly Moment[];
  readonly seen: readonly Moment[];
  readonly capacity: number;
  readonly timeZone: string;
}

export function Curves({ history, seen: seenNow, capacity, timeZone }: CurvesProps) {
  const seen = useThrottled(seenNow, DRAWN_MILLISECONDS);
  const inside = useMemo(() => insideSeries(history, seen), [history, seen]);
  const arrivals = useMemo(() => arrivalSeries(history, seen), [history, seen]);
  return (
    <div class="curves">
      <Chart title="The evening" unit="inside" kind="line" data={inside} limit={capacity} timeZone={timeZone} />
      <Chart title="Arrivals a minute" unit="a minute" kind="bars" data={arrivals} limit={null} timeZone={timeZone} />
    </div>
  );
}
