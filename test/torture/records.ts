import { decodeId } from "../../src/schema/ids.js";
import type { ScanData } from "../setup/world.js";
import type { Purchase } from "./buyer.js";
import type { Stage } from "./stage.js";

/** Compares what was acknowledged, by the keys, with what is stored: all of it, once, and nothing else. In words. */
export async function wrongRecords(
  stage: Stage,
  scans: ReadonlyMap<string, ScanData>,
  purchases: ReadonlyMap<string, Purchase>,
): Promise<string[]> {
  return [
    ...(await wrongScans(stage, scans)),
    ...(await wrongPurchases(stage, purchases)),
    ...(await wrongPayments(stage)),
    ...(await wrongStock(stage)),
  ];
}

async function wrongScans(stage: Stage, acknowledged: ReadonlyMap<string, ScanData>): Promise<string[]> {
  const stored = await stage.sql<{ id: string; key: string; outcome: string }>("select id, key, outcome from scans");
  const byKey = Map.groupBy(stored, ({ key }) => key);
  const problems = [...acknowledged].flatMap(([key, scan]) => {
    const [found, ...more] = byKey.get(key) ?? [];
    const isRight = found?.id === decodeId("scn", scan.id) && found.outcome === scan.outcome && more.length === 0;
    return isRight ? [] : [`the scan ${key} is ${JSON.stringify([found, ...more])} instead of ${JSON.stringify(scan)}`];
  });
  // Each was repeated until it was answered, so that there is none that was not.
  if (stored.length !== acknowledged.size) problems.push(`${stored.length} scans of ${acknowledged.size} are stored`);
  return problems;
}

async function wrongPurchases(stage: Stage, acknowledged: ReadonlyMap<string, Purchase>): Promise<string[]> {
  const stored = await stage.sql<{ id: string; key: string; status: string; places: number }>(
    `select r.id, k.key, r.status, (select count(*)::int from tickets t where t.reservation_id = r.id and t.status = r.status) as places
     from reservations r left join idempotency_keys k on k.reservation_id = r.id and k.operation = 'reserveTickets'`,
  );
  const byKey = Map.groupBy(stored, ({ key }) => key);
  const problems = [...acknowledged].flatMap(([key, { id, status, places }]) => {
    const expected = { id: decodeId("rsv", id), key, status, places };
    const found = byKey.get(key) ?? [];
    if (JSON.stringify(found) === JSON.stringify([expected])) return [];
    return [`the reservation is ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
  });
  if (stored.length !== acknowledged.size) problems.push(`${stored.length} holds of ${acknowledged.size} are stored`);
  return problems;
}

/** One charge for what is paid, none for what is not. */
async function wrongPayments(stage: Stage): Promise<string[]> {
  const rows = await stage.sql<{ id: string; status: string; charges: number }>(
    `select * from (
       select r.id, r.status, (select count(*)::int from payments p
         where p.reservation_id = r.id and p.status in ('DUE', 'CAPTURED')) as charges from reservations r
     ) c where charges <> case status when 'PAID' then 1 else 0 end`,
  );
  return rows.map(({ id, status, charges }) => `the reservation ${id} is ${status} and charged ${charges} times`);
}

async function wrongStock(stage: Stage): Promise<string[]> {
  const rows = await stage.sql("select quantity, sold, reserved from ticket_types where sold + reserved > quantity");
  return rows.map((row) => `more places than there are: ${JSON.stringify(row)}`);
}
