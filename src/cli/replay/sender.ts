import { type ApiClient, ApiError } from "../client.js";
import { Lanes } from "./lanes.js";
import type { ScanLine } from "./scan-line.js";
import { type Count, type Tally, VERDICT_FIELDS, type Verdict } from "./tally.js";

/** The API takes 1,000; half of that keeps each answer quick. */
const UPLOAD_SIZE = 500;

/** A good line of the file, ready to be sent. */
interface Outgoing {
  readonly line: number;
  readonly key: string;
  readonly scan: ScanLine;
  /** Null: the device's own. */
  readonly gateId: string | null;
}

export interface Sender {
  send(outgoing: Outgoing): Promise<void>;
  /** Returns when everything has been answered. */
  finish(): Promise<void>;
}

/** Where answers go. */
export interface Answers {
  readonly tally: Tally;
  failed(line: number, reason: string): void;
}

interface Result {
  readonly scan: Verdict | null;
  readonly replayed: boolean;
  readonly userErrors: readonly { readonly code: string; readonly message: string }[];
}

const RESULT_FIELDS = `scan { ${VERDICT_FIELDS} } replayed userErrors { code message }`;
const COUNT_FIELDS = "occupancy { inside capacity version }";

const RECORD = `mutation Record($input: RecordScanInput!) {
  recordScan(input: $input) { ${RESULT_FIELDS} ${COUNT_FIELDS} }
}`;

const UPLOAD = `mutation Upload($input: UploadScansInput!) {
  uploadScans(input: $input) { results { ${RESULT_FIELDS} } ${COUNT_FIELDS} }
}`;

export interface Target {
  readonly client: ApiClient;
  readonly event: string | null;
}

/** Each scan by itself, several at once, those of one ticket in order. */
export function onlineSender({ client, event }: Target, answers: Answers, concurrency: number): Sender {
  const lanes = new Lanes(concurrency);
  const record = async ({ line, key, scan, gateId }: Outgoing) => {
    const input = { key, code: scan.code, direction: scan.direction, gateId, eventId: event };
    await answering([line], answers, async () => {
      const { recordScan } = await client.request<{ recordScan: Result & { occupancy: Count | null } }>(
        RECORD,
        { input },
        { repeatable: true },
      );
      answers.tally.count(recordScan.occupancy);
      take(line, recordScan, answers);
    });
  };
  return {
    send: (outgoing) => lanes.add(outgoing.scan.code, () => record(outgoing)),
    finish: () => lanes.finish(),
  };
}

/** Scans that have happened: in uploads of one gate each, one after the other. */
export function offlineSender({ client, event }: Target, answers: Answers): Sender {
  const waiting = new Map<string | null, Outgoing[]>();
  const upload = async (gateId: string | null, batch: readonly Outgoing[]) => {
    const scans = batch.map(({ key, scan: { code, direction, scannedAt } }) => {
      return { key, code, direction, scannedAt: scannedAt.toISOString(), eventId: event };
    });
    const lines = batch.map(({ line }) => line);
    await answering(lines, answers, async () => {
      const { uploadScans } = await client.request<{ uploadScans: { results: Result[]; occupancy: Count | null } }>(
        UPLOAD,
        { input: { scans, sentAt: new Date().toISOString(), gateId } },
        { repeatable: true },
      );
      answers.tally.count(uploadScans.occupancy);
      for (const [index, line] of lines.entries()) take(line, uploadScans.results[index], answers);
    });
  };
  return {
    send: async (outgoing) => {
      const batch = waiting.get(outgoing.gateId) ?? [];
      batch.push(outgoing);
      waiting.set(outgoing.gateId, batch);
      if (batch.length < UPLOAD_SIZE) return;
      waiting.delete(outgoing.gateId);
      await upload(outgoing.gateId, batch);
    },
    finish: async () => {
      for (const [gateId, batch] of waiting) await upload(gateId, batch);
    },
  };
}

/** An error that concerns these lines is theirs; one that all the others would meet too ends the replay. */
async function answering(lines: readonly number[], answers: Answers, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === "UNAUTHENTICATED") throw error;
    for (const line of lines) answers.failed(line, `${error.code}: ${error.message}`);
  }
}

function take(line: number, result: Result | undefined, answers: Answers): void {
  const problem = result?.userErrors[0];
  if (problem) answers.failed(line, `${problem.code}: ${problem.message}`);
  else if (result?.scan) answers.tally.verdict(result.scan, result.replayed);
  else answers.failed(line, "was not answered");
}
