import type { Client } from "./client.js";
import type { Venue } from "./world.js";

export interface AnomalyData {
  readonly id: string;
  readonly kind: string;
  readonly at: string;
  readonly message: string;
  readonly ticket: { readonly id: string; readonly code: string } | null;
  readonly gate: { readonly id: string; readonly name: string } | null;
  readonly scan: { readonly id: string; readonly key: string; readonly scannedAt: string } | null;
}

export interface AnomalyPage {
  readonly edges: readonly { readonly cursor: string; readonly node: AnomalyData }[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
}

const ANOMALY = "id kind at message ticket { id code } gate { id name } scan { id key scannedAt }";

/** A page of the venue's anomalies as the owner, or whoever is named, reads it; null where they may not. */
export async function anomaliesPage(
  venue: Venue,
  given: Record<string, unknown> = {},
  client: Client = venue.owner.client,
): Promise<AnomalyPage | null> {
  const query = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: AnomalyFilter) {
    venue(id: $id) { anomalies(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { cursor node { ${ANOMALY} } } totalCount pageInfo { hasNextPage hasPreviousPage } } } }`;
  const data = await client.ok<{ venue: { anomalies: AnomalyPage | null } }>(query, { id: venue.id, ...given });
  return data.venue.anomalies;
}

/** At most 100, newest first. */
export async function readAnomalies(venue: Venue, filter: Record<string, unknown> = {}): Promise<AnomalyData[]> {
  const page = await anomaliesPage(venue, { first: 100, filter });
  return (page?.edges ?? []).map(({ node }) => node);
}

/** Each as its kind and its scan's key, newest first. */
export const named = (anomalies: readonly AnomalyData[]): string[] =>
  anomalies.map(({ kind, scan }) => `${kind} ${scan?.key}`);

export const watchAnomalies = (client: Client, venueId: string) =>
  client.subscribe<{ anomaly: AnomalyData }>(
    `subscription ($id: ID!) { anomaly: anomalyDetected(venueId: $id) { ${ANOMALY} } }`,
    { id: venueId },
  );
