import type { DailyReportState, DayCounts } from "../../domain/daily-report.js";
import { type Letter, list, type Paragraph, say, write } from "../letter.js";
import { spellTime } from "../words.js";

export interface DailyReportLetter {
  readonly name: string;
  readonly report: DailyReportState;
  readonly venue: { readonly name: string; readonly timeZone: string };
  /** By the events' ids. */
  readonly titles: ReadonlyMap<string, string>;
}

/** Null of a day on which nothing happened. */
export function dailyReport({ name, report, venue, titles }: DailyReportLetter): Letter | null {
  if (report.events.length === 0 && !hasCounts(report)) return null;
  return write(`${venue.name} on ${report.date}`, name, [
    say(`What ${report.date} came to at ${venue.name}, by the scans that are known now:`),
    describe(report, venue.timeZone),
    ...report.events.flatMap((event) => [
      say(titles.get(event.eventId) ?? "An event"),
      describe(event, venue.timeZone),
    ]),
    say("You get this because the daily report of the venue is turned on; `updateVenue` turns it off."),
  ]);
}

const hasCounts = ({ arrivals, peakInside, refusals, anomalies }: DayCounts): boolean =>
  arrivals > 0 || peakInside > 0 || refusals.length > 0 || anomalies.length > 0;

const describe = ({ arrivals, peakInside, peakAt, noShows, refusals, anomalies }: DayCounts, zone: string): Paragraph =>
  list([
    ["Arrivals", String(arrivals)],
    ["Most inside at once", peakAt === null ? "0" : `${peakInside}, ${spellTime(peakAt, zone)}`],
    ["Never came", String(noShows)],
    ["Refused", tell(refusals.map(({ reason, count }) => [reason, count]))],
    ["Anomalies", tell(anomalies.map(({ kind, count }) => [kind, count]))],
  ]);

const tell = (counts: readonly (readonly [what: string | null, count: number])[]): string =>
  counts.length === 0 ? "none" : counts.map(([what, count]) => `${count} ${inWords(what)}`).join(", ");

/** `ALREADY_INSIDE` as people say it. */
const inWords = (code: string | null): string =>
  code === null ? "by the scanner alone" : code.toLowerCase().replaceAll("_", " ");
