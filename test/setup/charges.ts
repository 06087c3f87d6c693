import { expect } from "vitest";
import { decodeId } from "../../src/schema/ids.js";
import type { TestGatehouse } from "./server.js";

export interface ChargeData {
  readonly id: string;
  readonly status: string;
  readonly refundedMinor: number;
}

type Reserved = { readonly id: string };

/** Every attempt to pay the reservation, in their order. */
export const chargesOf = ({ sql }: TestGatehouse, { id }: Reserved): Promise<ChargeData[]> =>
  sql<ChargeData & Record<string, unknown>>(
    `select id, status, refunded_minor as "refundedMinor" from payments where reservation_id = $1 order by created_at, id`,
    [decodeId("rsv", id)],
  );

/** The id of the only attempt. */
export async function chargeOf(gatehouse: TestGatehouse, reservation: Reserved): Promise<string> {
  const charges = await chargesOf(gatehouse, reservation);
  expect(charges).toHaveLength(1);
  return charges[0]?.id ?? "";
}

export const statusesOf = async (gatehouse: TestGatehouse, reservation: Reserved): Promise<string[]> =>
  (await chargesOf(gatehouse, reservation)).map(({ status }) => status).toSorted();

/** As if the time had passed that jobs wait before they begin, or try again. */
export const hurry = ({ sql }: TestGatehouse): Promise<unknown> =>
  sql(
    "update graphile_worker._private_jobs set run_at = now() where run_at > now() and locked_at is null and attempts < 100",
  );

/** Waits, without the pauses of the jobs, until the attempts have come to these states. */
export async function untilSettled(gatehouse: TestGatehouse, reservation: Reserved, statuses: string[]): Promise<void> {
  const read = async () => {
    await hurry(gatehouse);
    return statusesOf(gatehouse, reservation);
  };
  await expect.poll(read, { timeout: 15_000, interval: 50 }).toEqual(statuses);
}

export const jobsOf = async ({ sql }: TestGatehouse, task: string): Promise<number> =>
  (
    await sql(
      "select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = $1",
      [task],
    )
  ).length;
