import type { Both, FanOut, Watched } from "./fan-out.js";
import type { Delays } from "./load/histogram.js";
import { whole } from "./progress-bar.js";
import { table } from "./report.js";

const MOST_TO_BROADCAST = 1.5;
const MOST_KILOBYTES = 30;
const MOST_TO_ALONE = 1.5;

const WAYS = [
  { way: "steady", label: "one a second" },
  { way: "bursts", label: "200 in a second" },
] as const satisfies readonly { way: keyof Both<unknown>; label: string }[];

/** How late the subscribers are told, what they cost, what they cost the scans, and how the aims were met. */
export const reportFanOut = (results: readonly FanOut[]): string =>
  [
    ...table([
      ["changes", "subscribers", "told by", "messages each", "p50 ms", "p95 ms", "max ms", "p95 ms since sent"],
      ...WAYS.flatMap(({ way, label }) => results.map((result) => [label, ...toldRow(result, result[way])])),
    ]),
    "",
    ...table([["memory", "subscribers", "bytes a message", "kB each"], ...results.map(memoryRow)]),
    "",
    ...table([
      ["a scan", "subscribers", ...["watched", "alone", "beside"].flatMap((it) => [`p50 ${it}`, "p99 ms", "max ms"])],
      ...results.flatMap(scanRows),
    ]),
    "",
    ...table([
      ["aim", "subscribers", "goal", "measured", ""],
      ...results.flatMap((result) => aimRows(result, results)),
    ]),
  ].join("\n");

const toldRow = ({ teller, subscribers }: FanOut, { sinceAnswer, sinceSent, messages }: Watched): string[] => [
  whole(subscribers),
  teller.label,
  (messages / subscribers).toFixed(1),
  ...[sinceAnswer.p50, sinceAnswer.p95, sinceAnswer.max, sinceSent.p95].map(tenths),
];

const memoryRow = ({ teller, subscribers, steady, bytesEach }: FanOut): string[] => [
  teller.label,
  whole(subscribers),
  String(steady.messageBytes),
  kilobytes(bytesEach),
];

const scanRows = ({ unwatched, subscribers, ...watched }: FanOut): string[][] =>
  WAYS.flatMap(({ way, label }) => {
    if (unwatched === null) return [];
    const all = [watched[way].change, unwatched.alone[way], unwatched.beside[way].change];
    const delays = all.flatMap(({ p50, p99, max }) => [p50, p99, max]);
    return [[label, whole(subscribers), ...delays.map(tenths)]];
  });

/** Gatehouse's. A rival's are told by the ratios. */
function aimRows(result: FanOut, results: readonly FanOut[]): string[][] {
  if (result.teller.program !== "gatehouse") return [];
  const rivals = results.filter((it) => it.subscribers === result.subscribers && it !== result);
  const kilobytesEach = result.bytesEach / 1000;
  const memory = [`< ${MOST_KILOBYTES}`, kilobytesEach.toFixed(1), verdictOf(kilobytesEach < MOST_KILOBYTES)];
  const rows = [
    ...rivals.flatMap((rival) => WAYS.map((it) => ratioRow(result, rival, it))),
    ...WAYS.flatMap((it) => besideRows(result, it)),
    ["kB a subscriber", ...memory],
    ...WAYS.flatMap((it) => scanAimRows(result, it)),
  ];
  return rows.map(([text = "", ...rest]) => [text, whole(result.subscribers), ...rest]);
}

/** The broadcast is what is aimed at; the other is only told. */
function ratioRow(result: FanOut, rival: FanOut, { way, label }: (typeof WAYS)[number]): string[] {
  const ratio = result[way].sinceAnswer.p95 / rival[way].sinceAnswer.p95;
  const isAim = rival.teller.program === "broadcast";
  const [goal, verdict] = isAim ? [`<= ${MOST_TO_BROADCAST}`, verdictOf(ratio <= MOST_TO_BROADCAST)] : ["", ""];
  return [`p95 to that of ${rival.teller.label}, ${label}`, goal, ratio.toFixed(2), verdict];
}

/** To the broadcast's that has a machine to itself no longer, but shares it with as many scans. It is only told. */
function besideRows({ unwatched, ...watched }: FanOut, { way, label }: (typeof WAYS)[number]): string[][] {
  if (unwatched === null) return [];
  const ratio = watched[way].sinceAnswer.p95 / unwatched.beside[way].sinceAnswer.p95;
  return [[`p95 to that of a broadcast beside as many scans, ${label}`, "", ratio.toFixed(2), ""]];
}

/**
 * Of one a second there are too few for a p99: their longest is told, and is no aim. Neither is what is beside the broadcast: it
 * says how much is the machine's, whoever tells the subscribers.
 */
function scanAimRows({ unwatched, ...watched }: FanOut, { way, label }: (typeof WAYS)[number]): string[][] {
  if (unwatched === null) return [];
  const ratioTo = ({ p99 }: Delays): number => watched[way].change.p99 / p99;
  const [toAlone, toBeside] = [ratioTo(unwatched.alone[way]), ratioTo(unwatched.beside[way].change)];
  const isAim = way === "bursts";
  const which = isAim ? "p99 of a scan" : "longest scan";
  const [goal, verdict] = isAim ? [`<= ${MOST_TO_ALONE}`, verdictOf(toAlone <= MOST_TO_ALONE)] : ["", ""];
  return [
    [`${which} to that while nobody watches, ${label}`, goal, toAlone.toFixed(2), verdict],
    [`${which} to that beside a broadcast to others, ${label}`, "", toBeside.toFixed(2), ""],
  ];
}

const verdictOf = (isMet: boolean): string => (isMet ? "met" : "missed");
const tenths = (value: number): string => value.toFixed(1);
const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);
