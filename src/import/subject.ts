import type { ImportTarget, LineOutcome } from "../domain/import.js";
import type { Cells, Reading } from "./cells.js";
import type { ColumnRule } from "./header.js";

/** What files are of, apart from how they reach the server and are cut into lines. */
export interface Subject<Field extends string, Value> {
  readonly target: ImportTarget;
  readonly columns: readonly ColumnRule<Field>[];
  /** Lines that go to the database together. */
  readonly batchLines: number;
  /** Batches under way at once: two keep the database at work while the next lines are read. */
  readonly batchesAtOnce: number;
  /** Throws BadCell. */
  read(cells: Cells<Field>): Reading<Value>;
  /** What each came to, in their order. Throws when nothing more may be taken. */
  take(values: readonly Value[]): Promise<readonly LineOutcome[]>;
}
