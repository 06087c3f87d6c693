import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { ApiError, apiClient, NoAnswer } from "./client.js";
import { findGates } from "./replay/gates.js";
import { type Options, readOptions, USAGE, UsageError } from "./replay/options.js";
import { Progress } from "./replay/progress.js";
import { replay } from "./replay/run.js";
import { UnreadableFile } from "./replay/scan-file.js";
import { offlineSender, onlineSender } from "./replay/sender.js";
import { row, shownNumber, Tally } from "./replay/tally.js";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options !== null) return await run(options);
    console.log(USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}

async function run(options: Options): Promise<number> {
  const client = apiClient(options.url, await readToken(options));
  const size = await sizeOf(options.file);
  const tally = new Tally();
  const lines = { read: 0, end: 0, bad: 0, failed: 0 };
  const progress = new Progress(process.stdout, () => ({ done: lines.end, total: size, text: standing(tally, lines) }));
  const report = (line: number, problem: string) => progress.note(`line ${line}: ${problem}`, process.stderr);
  const answers = {
    tally,
    failed: (line: number, reason: string) => {
      lines.failed += 1;
      report(line, reason);
    },
  };
  const target = { client, event: options.event };
  const stopped = await stopReason(async () => {
    const findGate = await findGates(client, options);
    progress.start();
    const chunks = options.file === "-" ? process.stdin : createReadStream(options.file);
    await replay(
      { chunks, name: options.file, offset: options.offset },
      {
        findGate,
        sender: options.offline ? offlineSender(target, answers) : onlineSender(target, answers, options.concurrency),
        speed: options.speed,
        read: (reading) => {
          lines.read += 1;
          lines.end = reading.end;
        },
        bad: (line, problem) => {
          lines.bad += 1;
          report(line, problem);
        },
      },
    );
  });
  progress.stop();
  if (lines.read > 0) printSummary(tally, lines);
  if (stopped !== null) console.error(`\nStopped before the end: ${stopped}`);
  return stopped === null && lines.bad + lines.failed === 0 ? 0 : 1;
}

interface LineCounts {
  readonly read: number;
  readonly bad: number;
  readonly failed: number;
}

function standing(tally: Tally, lines: LineCounts): string {
  const inside = tally.latest ? `inside ${shownNumber(tally.latest.inside)}` : "";
  const problems = lines.bad + lines.failed;
  return [
    `${shownNumber(tally.answered)} scans`,
    inside,
    `refused ${shownNumber(tally.refusals)}`,
    problems > 0 ? `lines not counted ${shownNumber(problems)}` : "",
  ]
    .filter((part) => part !== "")
    .join("  ");
}

function printSummary(tally: Tally, lines: LineCounts): void {
  const unanswered = lines.read - tally.answered - lines.bad - lines.failed;
  const rows = [
    row("lines", lines.read),
    ...tally.summary(),
    row("bad lines", lines.bad),
    row("failed lines", lines.failed),
    ...(unanswered > 0 ? [row("not sent", unanswered, "run the same command again: nothing counts twice")] : []),
  ];
  console.log(`\n${rows.join("\n")}`);
}

/** Why the work could not be done to its end, for a person to read; null when it was. */
async function stopReason(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.code === "UNAUTHENTICATED") {
      return `${error.message} (give a valid token with --token or --token-file)`;
    }
    if (error instanceof ApiError || error instanceof NoAnswer) return error.message;
    if (error instanceof UnreadableFile) return `the file cannot be read: ${error.message}.`;
    throw error;
  }
}

async function readToken({ token, tokenFile }: Options): Promise<string | null> {
  const text = tokenFile === null ? token : await readFile(tokenFile, "utf8").catch(asUsageError);
  return text === null ? null : text.trim().replace(/^Bearer\s+/i, "") || null;
}

/** Null for the standard input. Finds out early that the file is not there, or cannot be read. */
async function sizeOf(file: string): Promise<number | null> {
  if (file === "-") return null;
  const handle = await open(file).catch(asUsageError);
  try {
    const found = await handle.stat();
    if (found.isDirectory()) throw new UsageError(`${file} is a folder.`);
    return found.isFile() ? found.size : null;
  } finally {
    await handle.close();
  }
}

function asUsageError(error: unknown): never {
  throw new UsageError(error instanceof Error ? error.message : String(error));
}
