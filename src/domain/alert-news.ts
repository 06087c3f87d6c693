import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type CapacityAlert, CapacityAlertEntity } from "../entities/capacity-alert.js";
import { toEntities } from "./columns.js";
import { readVersion } from "./occupancy.js";

export type { CapacityAlert };

export interface AlertNews {
  /** The venue's; what was raised by it is known. */
  readonly version: number;
  /** In the order of their raising. */
  readonly news: readonly CapacityAlert[];
}

/** The alerts raised after the version; with none, none, and watching begins. Null where there is no such venue. */
export async function readAlertNews(
  em: EntityManager,
  venueId: string,
  after: number | null,
): Promise<AlertNews | null> {
  // First, so that what is raised meanwhile is news to the next read.
  const version = await readVersion(em, venueId);
  if (version === null || after === null) return version === null ? null : { version, news: [] };
  if (version === after) return { version, news: [] };
  const { rows } = await sql<object>`/* alerts.news */
    select * from capacity_alerts where venue_id = ${venueId} and version > ${after} and version <= ${version}
    order by version, threshold_percent`.execute(em.getKysely());
  return { version, news: toEntities(em, CapacityAlertEntity, rows) };
}
