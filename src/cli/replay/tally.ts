/** What the programs ask of every scan. */
export const VERDICT_FIELDS = "outcome direction reason conflict capacityOverride";

export interface Verdict {
  readonly outcome: "ACCEPTED" | "REFUSED" | "ANNULLED";
  readonly direction: "ENTRY" | "EXIT";
  readonly reason: string | null;
  readonly conflict: string | null;
  readonly capacityOverride: boolean;
}

export interface Count {
  readonly inside: number;
  readonly capacity: number;
  readonly version: number;
}

/** What a run of scans came to. */
export class Tally {
  entries = 0;
  exits = 0;
  annulled = 0;
  replayed = 0;
  beyondCapacity = 0;
  readonly refused = new Map<string, number>();
  readonly conflicts = new Map<string, number>();
  /** The greatest count and the latest; null until there is one. */
  peak: number | null = null;
  latest: Count | null = null;

  verdict(scan: Verdict, replayed: boolean): void {
    if (replayed) this.replayed += 1;
    if (scan.capacityOverride) this.beyondCapacity += 1;
    if (scan.conflict !== null) addOne(this.conflicts, scan.conflict);
    if (scan.outcome === "REFUSED") addOne(this.refused, scan.reason ?? "AT_THE_GATE");
    else if (scan.outcome === "ANNULLED") this.annulled += 1;
    else if (scan.direction === "ENTRY") this.entries += 1;
    else this.exits += 1;
  }

  /** Counts may arrive out of order; an older one is still one that was reached. */
  count(count: Count | null): void {
    if (count === null) return;
    this.peak = Math.max(this.peak ?? 0, count.inside);
    if (this.latest === null || count.version >= this.latest.version) this.latest = count;
  }

  get answered(): number {
    return this.entries + this.exits + this.annulled + this.refusals;
  }

  get refusals(): number {
    return sum(this.refused);
  }

  /** The lines of a summary. */
  summary(): string[] {
    return [
      row("accepted", this.entries + this.exits, `${shownNumber(this.entries)} in, ${shownNumber(this.exits)} out`),
      ...(this.beyondCapacity > 0 ? [row("  beyond capacity", this.beyondCapacity)] : []),
      row("refused", this.refusals),
      ...byNumber(this.refused),
      ...(this.annulled > 0 ? [row("annulled", this.annulled)] : []),
      ...(this.conflicts.size > 0 ? [row("conflicts", sum(this.conflicts)), ...byNumber(this.conflicts)] : []),
      ...(this.replayed > 0 ? [row("replayed", this.replayed, "counted before, and not again")] : []),
      row("peak inside", this.peak ?? "unknown", this.latest ? `capacity ${shownNumber(this.latest.capacity)}` : ""),
      row("inside at the end", this.latest?.inside ?? "unknown"),
    ];
  }
}

export function row(label: string, value: number | string, note = ""): string {
  const shown = typeof value === "number" ? shownNumber(value) : value;
  return `  ${label.padEnd(24)}${shown.padStart(10)}${note ? `  (${note})` : ""}`;
}

export function shownNumber(value: number): string {
  return value.toLocaleString("en");
}

function byNumber(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => row(`  ${reason}`, count));
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
