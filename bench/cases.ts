import type { LaneKind, Measurement } from "./load/order.js";

/** Whose address the scans go to. The last two are databases with nothing before them. */
export type Target = "gatehouse" | "mercurius" | "apollo" | "function" | "batch";

export interface Case {
  readonly name: string;
  readonly label: string;
  readonly kind: LaneKind;
  readonly target: Target;
  readonly connections: number;
  /** In the first round. Code that V8 has not yet optimised takes twice the time: 20,000 scans or so make it fast. */
  readonly warmUpSeconds: number;
}

/** In the order of a round: what is compared stands side by side. */
export const CASES: readonly Case[] = [
  { name: "gatehouse", label: "Gatehouse", kind: "scan", target: "gatehouse", connections: 64, warmUpSeconds: 10 },
  {
    name: "mercurius",
    label: "(a) Mercurius, stored function",
    kind: "scan",
    target: "mercurius",
    connections: 64,
    warmUpSeconds: 10,
  },
  {
    name: "apollo",
    label: "(b) Apollo Server, ORM",
    kind: "scan",
    target: "apollo",
    connections: 64,
    warmUpSeconds: 10,
  },
  {
    name: "function",
    label: "(c) the database alone",
    kind: "function",
    target: "function",
    connections: 4,
    warmUpSeconds: 2,
  },
  {
    name: "function-64",
    label: "(c) the database alone",
    kind: "function",
    target: "function",
    connections: 64,
    warmUpSeconds: 1,
  },
  {
    name: "lone-gatehouse",
    label: "A lone scanner, Gatehouse",
    kind: "scan",
    target: "gatehouse",
    connections: 1,
    warmUpSeconds: 1,
  },
  {
    name: "lone-mercurius",
    label: "A lone scanner, (a)",
    kind: "scan",
    target: "mercurius",
    connections: 1,
    warmUpSeconds: 1,
  },
  {
    name: "upload",
    label: "Uploads of 500, Gatehouse",
    kind: "upload",
    target: "gatehouse",
    connections: 4,
    warmUpSeconds: 4,
  },
  {
    name: "batch",
    label: "Uploads of 500, bare SQL",
    kind: "batch",
    target: "batch",
    connections: 1,
    warmUpSeconds: 2,
  },
];

/** The medians of each case, by its name. */
export type Medians = ReadonlyMap<string, Measurement>;

interface Aim {
  readonly text: string;
  readonly goal: string;
  reached(medians: Medians): { readonly value: string; readonly isMet: boolean } | null;
}

const ratioAtLeast =
  (least: number, of: string, to: string): Aim["reached"] =>
  (medians) => {
    const [dividend, divisor] = [medians.get(of), medians.get(to)];
    if (dividend === undefined || divisor === undefined) return null;
    const ratio = dividend.scansPerSecond / divisor.scansPerSecond;
    return { value: ratio.toFixed(2), isMet: ratio >= least };
  };

export const AIMS: readonly Aim[] = [
  { text: "Gatehouse to (a), scans/s", goal: ">= 3.5", reached: ratioAtLeast(3.5, "gatehouse", "mercurius") },
  { text: "Gatehouse to (b), scans/s", goal: ">= 12", reached: ratioAtLeast(12, "gatehouse", "apollo") },
  { text: "Gatehouse to (c), scans/s", goal: "", reached: ratioAtLeast(0, "gatehouse", "function") },
  { text: "Uploads to bare SQL, scans/s", goal: ">= 0.80", reached: ratioAtLeast(0.8, "upload", "batch") },
  {
    text: "Gatehouse, p99",
    goal: "< 50 ms",
    reached: (medians) => {
      const measured = medians.get("gatehouse");
      if (measured === undefined) return null;
      const { p99Milliseconds: p99 } = measured;
      return { value: `${p99.toFixed(1)} ms`, isMet: p99 < 50 };
    },
  },
  {
    text: "A lone scan to (a)'s, median",
    goal: "<= 1.5",
    reached: (medians) => {
      const [ours, theirs] = [medians.get("lone-gatehouse"), medians.get("lone-mercurius")];
      if (ours === undefined || theirs === undefined) return null;
      const ratio = ours.p50Milliseconds / theirs.p50Milliseconds;
      return { value: ratio.toFixed(2), isMet: ratio <= 1.5 };
    },
  },
];
