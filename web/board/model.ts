import type {
  AnomalyLineFragment,
  BoardQuery,
  CapacityAlertRaisedSubscription,
  CountsFragment,
  ScanFactsFragment,
  ScanPlaceFragment,
  ScanPlacesQuery,
} from "../generated/operations.js";

export type Alert = CapacityAlertRaisedSubscription["capacityAlertRaised"];
export type Venue = Pick<NonNullable<BoardQuery["venue"]>, "id" | "name" | "timeZone" | "alertThresholdPercents">;

/** A scan as it is shown: where and with what ticket is told a moment later. */
export type Line = ScanFactsFragment & Partial<ScanPlaceFragment>;

/** A moment of the evening: `inside` at `at`, milliseconds; `entries` since the moment before it, or since the venue was made. */
export interface Moment {
  readonly at: number;
  readonly inside: number;
  readonly entries: number;
}

/** All that the board shows. Every list is bounded, however long the evening and however many the scans. */
export interface BoardState {
  readonly venue: Venue | null;
  readonly counts: CountsFragment | null;
  /** Newest first; null where only the owner and staff may see them, and this is neither. */
  readonly scans: readonly Line[] | null;
  readonly anomalies: readonly AnomalyLineFragment[];
  readonly alerts: readonly Alert[];
  /** By the minute, as the server tells it; `entries` within the minute. */
  readonly history: readonly Moment[];
  /** What was seen live since, at most one a second; `entries` since the venue was made. */
  readonly seen: readonly Moment[];
}

export const EMPTY: BoardState = {
  ...{ venue: null, counts: null, scans: null, anomalies: [], alerts: [], history: [], seen: [] },
};

const MOST_SCANS = 60;
const MOST_NOTICES = 40;
const MOST_SEEN = 600;
const SEEN_MILLISECONDS = 1_000;

/** The board as the server tells it now: what was shown before and is older than its lists goes, what came since stays. */
export function withBoard(state: BoardState, { venue }: BoardQuery): BoardState {
  if (venue === null) return EMPTY;
  const { id, name, timeZone, alertThresholdPercents, gates, anomalies, occupancy } = venue;
  const told = gates.flatMap(({ scans }) => scans?.nodes ?? []);
  const mayWatch = gates.some(({ scans }) => scans !== null);
  return {
    ...(occupancy === null ? state : withCounts(state, occupancy, Date.now())),
    venue: { id, name, timeZone, alertThresholdPercents },
    scans: mayWatch ? newestScans([...(state.scans ?? []), ...told]) : null,
    anomalies: newest([...state.anomalies, ...(anomalies?.nodes ?? [])], MOST_NOTICES, timeOfAnomaly),
  };
}

/** A count that is older than the one shown is let go: versions never go back. */
export function withCounts(state: BoardState, counts: CountsFragment, now: number): BoardState {
  if (state.counts !== null && counts.version < state.counts.version) return state;
  return { ...state, counts, seen: withSeen(state.seen, { at: now, inside: counts.inside, entries: counts.entries }) };
}

/** The last of each second. */
function withSeen(seen: readonly Moment[], moment: Moment): readonly Moment[] {
  const before = seen.at(-2)?.at ?? Number.NEGATIVE_INFINITY;
  const kept = moment.at - before < SEEN_MILLISECONDS ? seen.slice(0, -1) : seen;
  return [...kept, moment].slice(-MOST_SEEN);
}

export function withScan(state: BoardState, scan: ScanFactsFragment): BoardState {
  const scans = state.scans ?? [];
  // One that is sent again after the connection was lost.
  if (scans.some(({ id }) => id === scan.id)) return state;
  return { ...state, scans: newestScans([scan, ...scans]) };
}

/** The ids of those on the screen of which it is not known where they took place. */
export function withoutPlace({ scans }: BoardState): string[] {
  return (scans ?? []).filter(({ gate }) => gate === undefined).map(({ id }) => id);
}

export function withPlaces(state: BoardState, { nodes }: ScanPlacesQuery): BoardState {
  const places = new Map(nodes.flatMap((node) => (node && "gate" in node ? [[node.id, node]] : [])));
  return { ...state, scans: state.scans?.map((scan) => ({ ...scan, ...places.get(scan.id) })) ?? null };
}

export function withAnomaly(state: BoardState, anomaly: BoardState["anomalies"][number]): BoardState {
  return { ...state, anomalies: newest([anomaly, ...state.anomalies], MOST_NOTICES, timeOfAnomaly) };
}

export function withAlert(state: BoardState, alert: Alert): BoardState {
  return { ...state, alerts: [alert, ...state.alerts].slice(0, MOST_NOTICES) };
}

const timeOfAnomaly = ({ at }: AnomalyLineFragment): string => at;

function newestScans(scans: readonly Line[]): Line[] {
  return newest(scans, MOST_SCANS, ({ scannedAt }) => scannedAt);
}

/** Times are all in the same form, in UTC, and so in the order of their texts. Of two with one id the later in the list stays. */
function newest<Item extends { readonly id: string }>(
  items: readonly Item[],
  most: number,
  timeOf: (item: Item) => string,
): Item[] {
  const different = [...new Map(items.map((item) => [item.id, item])).values()];
  return different.sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0)).slice(0, most);
}
