import { type EntityManager, IsolationLevel } from "@mikro-orm/postgresql";
import type { RawBuilder } from "kysely";
import { CARRIED, FOLLOWS, PLACES, PRESENCES, QUARTERS, RESERVATIONS, STOCK, SUMS } from "./count-queries.js";
import { unhurried } from "./transaction.js";

/** A count that is kept otherwise than the scans tell. */
export interface CountDifference {
  /** Such as `VENUE` or `presence`. */
  readonly subject: string;
  readonly id: string;
  /** The count's name. */
  readonly count: string;
  readonly kept: unknown;
  readonly counted: unknown;
  /** All of it in words. */
  readonly message: string;
}

/** The two sides of one thing that differ; null where there is no row. */
interface Mismatch {
  readonly subject: string;
  readonly id: string;
  readonly kept: Readonly<Record<string, unknown>> | null;
  readonly counted: Readonly<Record<string, unknown>> | null;
}

const QUERIES: readonly RawBuilder<unknown>[] = [
  PLACES,
  PRESENCES,
  FOLLOWS,
  QUARTERS,
  CARRIED,
  SUMS,
  STOCK,
  RESERVATIONS,
];

/** Recomputes every count from the scans alone, in one snapshot, and answers how the kept ones differ; none: all is well. */
export function verifyCounts(em: EntityManager): Promise<CountDifference[]> {
  return em.fork().transactional(
    async (snapshot) => {
      await unhurried(snapshot);
      const differences: CountDifference[] = [];
      for (const query of QUERIES) {
        const { rows } = await (query as RawBuilder<Mismatch>).execute(snapshot.getKysely());
        differences.push(...rows.flatMap(inWords));
      }
      return differences;
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}

function inWords({ subject, id, kept, counted }: Mismatch): CountDifference[] {
  if (kept === null || counted === null) {
    const message = kept === null ? `${subject} ${id} has no counts` : `${subject} ${id} has counts but does not exist`;
    return [{ subject, id, count: "row", kept, counted, message }];
  }
  return Object.keys(counted)
    .filter((count) => kept[count] !== counted[count])
    .map((count) => ({
      subject,
      id,
      count,
      kept: kept[count],
      counted: counted[count],
      message: `${subject} ${id}: ${count} is kept as ${kept[count]}, but is ${counted[count]}`,
    }));
}
