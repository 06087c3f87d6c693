import type { Client } from "./client.js";

export interface Entry {
  readonly id: string;
  readonly at: string;
  readonly user: { readonly id: string } | null;
  readonly device: { readonly id: string } | null;
  readonly action: string;
  readonly target: string | null;
  readonly summary: string;
}

const ENTRY = "id at user { id } device { id } action target summary";

/** The latest hundred of a venue, newest first; null for who may not read them. */
export async function auditLog(client: Client, venueId: string): Promise<Entry[] | null> {
  const query = `query ($id: ID!) { venue(id: $id) { auditLog(first: 100) { nodes { ${ENTRY} } } } }`;
  const { venue } = await client.ok<{ venue: { auditLog: { nodes: Entry[] } | null } }>(query, { id: venueId });
  return venue.auditLog?.nodes ?? null;
}

/** The latest of all the venues whose log one may read: as many as one may ask for at once. */
export async function everyEntry(client: Client): Promise<Entry[]> {
  const query = `{ venues(first: 50) { nodes { auditLog(first: 20) { nodes { ${ENTRY} } } } } }`;
  const { venues } = await client.ok<{ venues: { nodes: { auditLog: { nodes: Entry[] } | null }[] } }>(query);
  return venues.nodes.flatMap(({ auditLog: log }) => log?.nodes ?? []);
}
