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

export interface Course {
  /** Told of bad lines in the order of the file. Throws Stopped when nobody listens any more. */
  bad(lines: readonly BadLine[]): Promise<void>;
  /** Told every second, and at the end. */
  progress(progress: ImportProgress): Promise<void>;
  /** Told what broke, if something did. */
  broke(error: unknown): void;
  /** Ends the lines with this error: they are of no use any more. */
  stop(error: unknown): void;
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
  const run = new Run(header, course);
  const ticker = every(PROGRESS_MILLISECONDS, () => run.tell(), run.fail);
  try {
    for await (const batch of batchesOf(numbered(subject, lines, header), subject.batchLines, PATIENCE_MILLISECONDS)) {
      await run.add(batch, begin(subject, batch), subject.batchesAtOnce);
      if (run.hasFailed) break;
    }
  } catch (error) {
    run.fail(error);
  }
  await run.settled();
  await ticker.stop();
  return run.finish();
}

/** What the batches of one file come to, in the file's order. */
class Run {
  private progress = NOTHING_YET;
  private failure: { readonly error: unknown } | null = null;
  private readonly underway: Promise<void>[] = [];

  constructor(
    private readonly header: Header<string>,
    private readonly course: Course,
  ) {}

  get hasFailed(): boolean {
    return this.failure !== null;
  }

  readonly fail = (error: unknown): void => {
    this.failure ??= { error };
    this.course.stop(error);
  };

  tell(): Promise<void> {
    return this.course.progress(this.progress);
  }

  /** Resolves when there is room for another. */
  async add<Value>(
    batch: readonly Numbered<Value>[],
    taking: Promise<readonly LineOutcome[]>,
    most: number,
  ): Promise<void> {
    const before = this.underway.at(-1) ?? Promise.resolve();
    this.underway.push(before.then(() => this.settle(batch, taking)).catch(this.fail));
    if (this.underway.length >= most) await this.underway.shift();
  }

  async settled(): Promise<void> {
    await Promise.all(this.underway);
  }

  async finish(): Promise<ImportProgress> {
    this.progress = { ...this.progress, ...this.ending() };
    await this.tell().catch(this.course.broke);
    return this.progress;
  }

  private async settle<Value>(
    batch: readonly Numbered<Value>[],
    taking: Promise<readonly LineOutcome[]>,
  ): Promise<void> {
    const outcomes = merge(batch, await taking);
    const bad = outcomes.flatMap((outcome, index) => describe(outcome, batch[index]?.number ?? 0, this.header));
    this.progress = countLines(this.progress, outcomes, bad);
    await this.course.bad(bad);
  }

  private ending(): Pick<ImportProgress, "status" | "reason"> {
    if (this.failure === null) return { status: ImportStatus.DONE, reason: null };
    const { error } = this.failure;
    const again = "What was taken is kept: send the file again.";
    if (error instanceof Stopped || error instanceof Fault || error instanceof Refusal) {
      return { status: ImportStatus.STOPPED, reason: `${error.message} ${again}` };
    }
    this.course.broke(error);
    return { status: ImportStatus.FAILED, reason: `Something broke. ${again}` };
  }
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
): Promise<readonly LineOutcome[]> {
  const values = lines.flatMap(({ reading }) => ("value" in reading ? [reading.value] : []));
  const taking = values.length === 0 ? Promise.resolve([]) : subject.take(values);
  // It is awaited when its turn comes, which may be after it has failed.
  taking.catch(() => {});
  return taking;
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
