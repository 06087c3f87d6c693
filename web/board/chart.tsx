import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { shownNumber } from "../kit/words.js";

/** People are counted in whole numbers. */
const STEPS = [1, 2, 5].flatMap((step) => [1, 10, 100, 1_000, 10_000].map((size) => step * size)).sort((a, b) => a - b);
const HALF_A_BAR_SECONDS = 30;

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly data: uPlot.AlignedData;
  readonly kind: "line" | "bars";
  /** Drawn as a line across; null: none. */
  readonly limit: number | null;
  readonly timeZone: string;
}

/** A live series over the time of the venue's clock. */
export function Chart({ title, unit, data, limit, ...how }: ChartProps) {
  const isDark = useDark();
  const series = useMemo(() => withLimit(data, limit), [data, limit]);
  return (
    <figure class="panel chart">
      <figcaption>
        <h2>{title}</h2>
      </figcaption>
      <div class="plot" role="img" aria-label={describe(title, unit, data)}>
        <Plot key={`${isDark} ${how.timeZone}`} series={series} {...how} />
      </div>
    </figure>
  );
}

type PlotProps = Pick<ChartProps, "kind" | "timeZone"> & { readonly series: uPlot.AlignedData };

/** Redrawn in place for new values; in the colours that the page has when it is made. */
function Plot({ series, kind, timeZone }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const { current: box } = place;
    if (box === null) return;
    const made = new uPlot({ ...optionsOf(box, kind, timeZone), ...sizeOf(box) }, [[], [], []], box);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(sizeOf(box)));
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [kind, timeZone]);
  // After the effect above, which is the first to run.
  useEffect(() => plot.current?.setData(series), [series]);
  return <div ref={place} />;
}

function withLimit([at, values = []]: uPlot.AlignedData, limit: number | null): uPlot.AlignedData {
  return [at, values, Array.from(at, () => limit)];
}

function describe(title: string, unit: string, [at, values = []]: uPlot.AlignedData): string {
  const known = Array.from(values).filter((value) => value != null);
  if (at.length === 0 || known.length === 0) return `${title}: nothing yet`;
  return `${title}: now ${shownNumber(known.at(-1) ?? 0)}, at most ${shownNumber(Math.max(...known))} ${unit}`;
}

function sizeOf({ clientWidth: width, clientHeight: height }: HTMLElement): { width: number; height: number } {
  return { width: Math.max(width, 100), height: Math.max(height, 80) };
}

function optionsOf(
  box: HTMLElement,
  kind: ChartProps["kind"],
  timeZone: string,
): Omit<uPlot.Options, "width" | "height"> {
  const style = getComputedStyle(box);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  // Larger on a wall, as all that is written.
  const size = Math.round(Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.85);
  const axis = {
    ...{ stroke: colour("--soft"), font: `${size}px ${style.fontFamily}` },
    ...{ grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } },
  };
  const bars = uPlot.paths.bars?.({ size: [0.8, 40] });
  const isBars = kind === "bars" && bars !== undefined;
  const beside = isBars ? HALF_A_BAR_SECONDS : 0;
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timeZone),
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_plot, first, last) => [first - beside, last + beside] },
      y: { range: (_plot, _low, high) => [0, Math.max(5, high * 1.05)] },
    },
    axes: [
      { ...axis, size: 2 * size, space: 7 * size, values: clockTimes(timeZone) },
      { ...axis, size: 4 * size, space: 3 * size, incrs: STEPS, values: (_plot, splits) => splits.map(shownNumber) },
    ],
    series: [
      {},
      {
        ...{
          stroke: colour("--accent"),
          fill: colour(isBars ? "--accent" : "--accent-soft"),
          width: isBars ? 0 : 2,
          points: { show: false },
        },
        ...(isBars ? { paths: bars } : {}),
      },
      { stroke: colour("--full"), width: 2, dash: [6, 6], points: { show: false } },
    ],
  };
}

/** By the venue's clock, with seconds where the axis is so short. */
function clockTimes(timeZone: string): uPlot.Axis.DynamicValues {
  const hours = { timeZone, hour: "2-digit", minute: "2-digit" } as const;
  const short = new Intl.DateTimeFormat("en-GB", hours);
  const long = new Intl.DateTimeFormat("en-GB", { ...hours, second: "2-digit" });
  return (_plot, splits, _axis, _space, increment) =>
    splits.map((seconds) => (increment < 60 ? long : short).format(seconds * 1000));
}

/** Whether the device asks for dark pages, as it does from evening on. */
function useDark(): boolean {
  const query = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const read = () => setDark(query.matches);
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }, [query]);
  return isDark;
}
