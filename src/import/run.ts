import { countLines, type ImportProgress, type LineOutcome, NOTHING_YET } from "../domain/import.js";
import { type BadLine, ImportStatus } from "../entities/import.js";
import { Fault, Refusal } from "../errors.js";
import { batchesOf } from "./batches.js";
import { Stopped } from "./body.js";
import { type Reading, readLine } from "./cells.js";
import type { Header } from "./header.js";
import type { Line } from "./lines.js";
import type { Subject } from "./subject.js";

/** How often progress is told and written down. */
const PROGRESS_MILLISECONDS = 1_000;
/** How long lines wait for others to go with. */
const PATIENCE_MILLISECONDS = 500;

interface Numbered<Value> {
  readonly number: number;
  readonly reading: Reading<Value>;
}

/** A batch under way. */
interface Underway<Value> {
  readonly lines: readonly Numbered<Value>[];
  readonly taking: Promise<readonly LineOutcome[]>;
}

export interface Course {
  /** Told of bad lines in the order of the file. Throws Stopped when nobody listens any more. */
  bad(lines: readonly BadLine[]): Promise<void>;
  /** Told every second, and at the end. */
  progress(progress: ImportProgress): Promise<void>;
  /** Told what broke, if something did. */
  broke(error: unknown): void;
}

/**
 * Takes the lines of a file to its end, or to where it has to stop: the result says which. What was under way then is finished,
 * and counted. Throws nothing.
 */
export async function runImport<Field extends string, Value>(
  subject: Subject<Field, Value>,
  lines: AsyncIterator<Line>,
  header: Header<Field>,
  course: Course,
): Promise<ImportProgress> {
  let progress = NOTHING_YET;
  const ticker = every(PROGRESS_MILLISECONDS, () => course.progress(progress), course.broke);
  const settle = async ({ lines: batch, taking }: Underway<Value>): Promise<void> => {
    const outcomes = merge(batch, await taking);
    const bad = outcomes.flatMap((outcome, index) => describe(outcome, batch[index]?.number ?? 0, header));
    progress = countLines(progress, outcomes, bad);
    await course.bad(bad);
  };
  const underway: Underway<Value>[] = [];
  let end: Pick<ImportProgress, "status" | "reason"> = { status: ImportStatus.DONE, reason: null };
  try {
    for await (const batch of batchesOf(numbered(subject, lines, header), subject.batchLines, PATIENCE_MILLISECONDS)) {
      underway.push(begin(subject, batch));
      if (underway.length >= subject.batchesAtOnce) await settle(underway.shift() as Underway<Value>);
    }
  } catch (error) {
    end = endBy(error, course);
  }
  for (const batch of underway) {
    await settle(batch).catch((error: unknown) => {
      end = end.status === ImportStatus.DONE ? endBy(error, course) : end;
    });
  }
  await ticker.stop();
  progress = { ...progress, ...end };
  await course.progress(progress).catch(course.broke);
  return progress;
}

/** Blank lines are passed over. */
async function* numbered<Field extends string, Value>(
  subject: Subject<Field, Value>,
  lines: AsyncIterator<Line>,
  header: Header<Field>,
): AsyncGenerator<Numbered<Value>> {
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    const line = next.value;
    if (line.text.trim() === "" && line.problem === undefined) continue;
    yield { number: line.number, reading: readLine(line, header, (cells) => subject.read(cells)) };
  }
}

function begin<Field extends string, Value>(
  subject: Subject<Field, Value>,
  lines: readonly Numbered<Value>[],
): Underway<Value> {
  const values = lines.flatMap(({ reading }) => ("value" in reading ? [reading.value] : []));
  const taking = values.length === 0 ? Promise.resolve([]) : subject.take(values);
  // It is awaited when its turn comes, which may be after it has failed.
  taking.catch(() => {});
  return { lines, taking };
}

/** The outcome of each line, of those that had a value from what the database made of them. */
function merge<Value>(lines: readonly Numbered<Value>[], taken: readonly LineOutcome[]): LineOutcome[] {
  const outcomes = taken.values();
  return lines.map(({ reading }) => {
    const outcome = "outcome" in reading ? reading.outcome : outcomes.next().value;
    if (outcome === undefined) throw new Error("a line came to nothing");
    return outcome;
  });
}

function describe(outcome: LineOutcome, line: number, { places }: Header<string>): BadLine[] {
  if (outcome.kind !== "bad") return [];
  const { field, message } = outcome;
  return [{ line, column: field === null ? null : (places.get(field)?.name ?? field), message }];
}

function endBy(error: unknown, course: Course): Pick<ImportProgress, "status" | "reason"> {
  if (error instanceof Stopped || error instanceof Fault || error instanceof Refusal) {
    return { status: ImportStatus.STOPPED, reason: `${error.message} What was taken is kept: send the file again.` };
  }
  course.broke(error);
  return { status: ImportStatus.FAILED, reason: "Something broke. What was taken is kept: send the file again." };
}

/** Does it at intervals, never twice at once. */
function every(milliseconds: number, work: () => Promise<void>, failed: (error: unknown) => void) {
  let working: Promise<void> | null = null;
  const timer = setInterval(() => {
    working ??= work()
      .catch(failed)
      .finally(() => {
        working = null;
      });
  }, milliseconds);
  return {
    stop: async (): Promise<void> => {
      clearInterval(timer);
      await working;
    },
  };
}
