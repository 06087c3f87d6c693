import type { Both, FanOut, Watched } from "./fan-out.js";
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
      ["a scan", "subscribers", "p50 ms", "p99 ms", "max ms", "p50 alone", "p99 alone", "max alone"],
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

const scanRows = ({ alone, subscribers, ...watched }: FanOut): string[][] =>
  WAYS.flatMap(({ way, label }) => {
    if (alone === null) return [];
    const delays = [watched[way].change, alone[way]].flatMap(({ p50, p99, max }) => [p50, p99, max]);
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
    ["kB a subscriber", ...memory],
    ...WAYS.flatMap((it) => aloneRow(result, it)),
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

/** Of one a second there are too few for a p99: it is their longest. */
function aloneRow({ alone, ...watched }: FanOut, { way, label }: (typeof WAYS)[number]): string[][] {
  if (alone === null) return [];
  const ratio = watched[way].change.p99 / alone[way].p99;
  const verdict = verdictOf(ratio <= MOST_TO_ALONE);
  return [[`p99 of a scan to that while nobody watches, ${label}`, `<= ${MOST_TO_ALONE}`, ratio.toFixed(2), verdict]];
}

const verdictOf = (isMet: boolean): string => (isMet ? "met" : "missed");
const tenths = (value: number): string => value.toFixed(1);
const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);
