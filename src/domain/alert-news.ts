import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type CapacityAlert, CapacityAlertEntity } from "../entities/capacity-alert.js";
import { toEntities } from "./columns.js";
import { readVersion } from "./occupancy.js";

export type { CapacityAlert };

/** What one who watches a venue's alerts has seen of it. */
export interface AlertsSeen {
  /** The venue's: what was raised by it is known. */
  readonly version: number;
}

export interface AlertNews {
  readonly seen: AlertsSeen;
  /** In the order of their raising. */
  readonly news: readonly CapacityAlert[];
}

/** The alerts raised since; with nothing seen there are none, and watching begins. Null where there is no such venue. */
export async function readAlertNews(
  em: EntityManager,
  venueId: string,
  seen: AlertsSeen | null,
): Promise<AlertNews | null> {
  // First, so that what is raised meanwhile is news to the next read.
  const version = await readVersion(em, venueId);
  if (version === null) return null;
  if (seen === null || seen.version === version) return { seen: { version }, news: [] };
  const { rows } = await sql<object>`/* alerts.news */
    select * from capacity_alerts where venue_id = ${venueId} and version > ${seen.version} and version <= ${version}
    order by version, threshold_percent`.execute(em.getKysely());
  return { seen: { version }, news: toEntities(em, CapacityAlertEntity, rows) };
}
