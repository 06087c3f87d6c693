import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { type Anomaly, AnomalyEntity, AnomalyKind } from "../entities/anomaly.js";
import { ScanDirection, ScanOutcome } from "../entities/scan.js";
import { anomalyId } from "./anomalies.js";
import {
  type AnomalyRules,
  anomalyOf,
  BEFORE,
  crossings,
  FIRST_OF_DAY,
  kindsOf,
  showsSkew,
  UTC_DAY,
} from "./anomaly-sources.js";
import { toEntities } from "./columns.js";

export type { Anomaly };

/** What one who watches a venue's anomalies has seen of it. */
export interface AnomaliesSeen {
  /** The venue's: of scans up to this one all is known. */
  readonly version: number;
  /** By the database's clock. */
  readonly at: Date;
  /** The ids of those that are news no more, and cannot be told from news by the scans: the crossings, and all that was told. */
  readonly known: ReadonlySet<string>;
}

export interface AnomalyNews {
  readonly seen: AnomaliesSeen;
  /** Oldest first. */
  readonly news: readonly Anomaly[];
}

/** What is remembered of what was told; the oldest is forgotten first. */
const MOST_KNOWN = 100_000;
/** No consumer waits for more: it is told that it has fallen behind. */
const MOST_NEWS = 10_001;
/** Milliseconds in which what a transaction has stamped with its time is surely committed. */
const COMMIT_TIME = 10_000;
/** How far back the capacity is looked at again though no scan of then has come: scanners may be ahead by minutes. */
const AHEAD = 300_000;

/**
 * The anomalies that were not there when `seen` was read and now are, also old ones that a late scan has made; null where there
 * is no such venue. With nothing seen there is no news: watching begins. What is looked at are the scans since, the later ones
 * of their tickets, their scanners' days and the quarter-hours from the first of them on; all from one snapshot.
 */
export const readAnomalyNews = (
  em: EntityManager,
  rules: AnomalyRules,
  venueId: string,
  seen: AnomaliesSeen | null,
): Promise<AnomalyNews | null> =>
  em.transactional((snapshot) => readFromSnapshot(snapshot, rules, venueId, seen), {
    isolationLevel: "repeatable read",
    readOnly: true,
  });

async function readFromSnapshot(
  em: EntityManager,
  rules: AnomalyRules,
  venueId: string,
  seen: AnomaliesSeen | null,
): Promise<AnomalyNews | null> {
  const present = await readPresent(em, venueId);
  if (present === null) return null;
  if (seen === null) {
    const crossed = await readAnomalies(em, venueId, [crossings({ from: null, to: null })]);
    return { seen: { ...present, known: remember(new Set(), crossed) }, news: [] };
  }
  if (present.version === seen.version) return { seen, news: [] };
  const changes = { venueId, version: seen.version, since: new Date(seen.at.getTime() - COMMIT_TIME) };
  const crossed = crossings({ from: await readFirstChange(em, changes, present.at), to: null });
  const found = await readAnomalies(em, venueId, [newOdd(rules, changes), newSkew(rules, changes), crossed]);
  const news = found.filter((anomaly) => !seen.known.has(anomalyId(anomaly)));
  return { seen: { ...present, known: remember(seen.known, news) }, news };
}

function remember(known: ReadonlySet<string>, news: readonly Anomaly[]): ReadonlySet<string> {
  if (news.length === 0) return known;
  return new Set([...known, ...news.map(anomalyId)].slice(-MOST_KNOWN));
}

async function readPresent(em: EntityManager, venueId: string): Promise<Pick<AnomaliesSeen, "version" | "at"> | null> {
  const { rows } = await sql<{ version: string; at: number }>`/* anomalies.version */
    select version, extract(epoch from clock_timestamp())::float8 * 1000 as at
    from occupancies where id = ${venueId}`.execute(em.getKysely());
  const [row] = rows;
  return row === undefined ? null : { version: Number(row.version), at: new Date(row.at) };
}

async function readAnomalies(
  em: EntityManager,
  venueId: string,
  sources: readonly RawBuilder<unknown>[],
): Promise<Anomaly[]> {
  const all = sql.join(
    sources.map((source) => sql`select * from ${source} t`),
    sql` union all `,
  );
  const { rows } = await sql<object>`/* anomalies.news */
    select a.* from (select ${venueId}::uuid as id) p cross join lateral (${all}) a
    order by a.scanned_at, a.key, a.scan_id limit ${MOST_NEWS}`.execute(em.getKysely());
  return toEntities(em, AnomalyEntity, rows);
}

/** What happened at the venue after the version; what was taken back has none, and is of later than `since`, or a little before. */
interface Changes {
  readonly venueId: string;
  readonly version: number;
  readonly since: Date;
}

const changedScans = ({ venueId, version, since }: Changes): RawBuilder<unknown> => sql`
  taken_back as materialized (
    select s.* from annulments a join scans s on s.id = a.scan_id
    where a.venue_id = ${venueId} and a.annulled_at > ${since} and s.version <= ${version}
  ), changed as materialized (
    select s.* from scans s where s.venue_id = ${venueId} and s.version > ${version}
    union all select * from taken_back
  )`;

/** From when on it may have been another number that was inside. */
async function readFirstChange(em: EntityManager, changes: Changes, now: Date): Promise<Date> {
  const { rows } = await sql<{ at: number | null }>`/* anomalies.first-change */
    with ${changedScans(changes)}
    select extract(epoch from min(scanned_at))::float8 * 1000 as at from changed`.execute(em.getKysely());
  return new Date(Math.min(rows[0]?.at ?? Number.POSITIVE_INFINITY, now.getTime() - AHEAD));
}

/**
 * The new scans that are odd; and of the later ones of their tickets, which may follow another scan than they did, what they are
 * now and were not. What they followed is told by the scans that were there.
 */
const newOdd = (rules: AnomalyRules, changes: Changes): RawBuilder<unknown> => sql`(
  with ${changedScans(changes)}, later as (
    select distinct on (s.id) s.* from changed c join scans s on s.ticket_id = c.ticket_id and s.scanned_at >= c.scanned_at
    where (c.offline or c.automatic or c.version <= ${changes.version}) and s.odd and s.version <= ${changes.version}
  )
  select ${anomalyOf(sql`k.kind`)} from changed s cross join lateral unnest(${kindsOf(BEFORE, rules)}) as k (kind)
  where s.odd and s.version > ${changes.version}
  union all
  select ${anomalyOf(sql`k.kind`)} from later s
  left join lateral (
    select e.scanned_at as at, case when e.direction = ${sql.lit(ScanDirection.ENTRY)} then e.gate_id end as gate_id
    from scans e where e.ticket_id = s.ticket_id and e.version <= ${changes.version}
      and (e.outcome = ${sql.lit(ScanOutcome.ACCEPTED)} or e.id in (select id from taken_back))
      and (e.scanned_at, e.key, e.direction, e.gate_id) < (s.scanned_at, s.key, s.direction, s.gate_id)
    order by e.scanned_at desc, e.key desc, e.direction desc, e.gate_id desc limit 1
  ) b on true
  cross join lateral (
    select unnest(${kindsOf(BEFORE, rules)}) except
    select unnest(${kindsOf({ at: sql`b.at`, gateId: sql`b.gate_id` }, rules)})
  ) as k (kind))`;

/** Those that are the first of their scanner's day and were not: they are new themselves, or an earlier one was taken back. */
const newSkew = (rules: AnomalyRules, changes: Changes): RawBuilder<unknown> => sql`(
  with ${changedScans(changes)}, days as (
    select distinct s.scanner_id, ${UTC_DAY} as day from changed s where s.reported_at <> s.scanned_at
  ), firsts as (
    select distinct on (s.scanner_id, ${UTC_DAY}) s.* from days d join scans s on s.scanner_id = d.scanner_id
      and s.scanned_at >= d.day::timestamp at time zone 'UTC' and s.scanned_at < (d.day + 1)::timestamp at time zone 'UTC'
    where s.venue_id = ${changes.venueId} and ${showsSkew(rules)}
    order by ${FIRST_OF_DAY}
  )
  select ${anomalyOf(sql`${sql.lit(AnomalyKind.CLOCK_SKEW)}::text`)} from firsts s
  where s.version > ${changes.version} or exists (
    select from taken_back e where e.scanner_id = s.scanner_id and e.reported_at <> e.scanned_at
      and (e.scanned_at at time zone 'UTC')::date = ${UTC_DAY}
      and (e.scanned_at, e.key, e.direction, e.gate_id, e.id) < (s.scanned_at, s.key, s.direction, s.gate_id, s.id)))`;
