import type { Child } from "./child.js";
import { Connection } from "./load/connection.js";
import { Crowd, TICKETS } from "./load/crowd.js";
import { type Latency, latencyOf, timed, timeOf } from "./load/latency.js";
import { type PastRead, pastReads } from "./load/past-reads.js";
import { openScanLane } from "./load/scan-lane.js";
import { ProgressBar, progress } from "./progress-bar.js";
import type { ServerOrder } from "./servers/serve.js";
import type { Statement } from "./servers/statements.js";
import type { History, Tonight } from "./worlds/history.js";

const READS = 200;
const READ_WARM_UP = 50;
const SCANS = 500;
const SCAN_WARM_UP = 500;

export interface ReadCost {
  readonly read: PastRead;
  readonly latency: Latency;
  /** That of one more, as it was sent. */
  readonly statement: Statement;
}

/** Each question some hundred times, over one connection. */
export async function measureReads(server: Child, url: string, past: History): Promise<ReadCost[]> {
  const connection = await Connection.open(url, past.ownerToken);
  const costs: ReadCost[] = [];
  try {
    for (const read of pastReads(past)) {
      progress(`Asking for ${read.label} ...`);
      const call = async () => read.check(await connection.post(read.body()));
      await timed(READ_WARM_UP, call);
      const latency = latencyOf(await timed(READS, call));
      costs.push({ read, latency, statement: await recorded(server, call, read.mark) });
    }
  } finally {
    connection.close();
  }
  return costs;
}

async function recorded(server: Child, call: () => Promise<void>, mark: string): Promise<Statement> {
  await server.ask({ order: "record-statements" } satisfies ServerOrder);
  await call();
  const statements = await server.ask<Statement[]>({ order: "tell-recorded" } satisfies ServerOrder);
  const statement = statements.find(({ text }) => text.includes(mark));
  if (statement === undefined) throw new Error(`no statement is marked ${mark}`);
  return statement;
}

export interface Door {
  readonly url: string;
  readonly tonight: Tonight;
}

export interface ScanCosts {
  readonly full: Latency;
  readonly empty: Latency;
}

/** A lone device at each of the doors, in turn, so that what disturbs the machine disturbs both. */
export async function measureScans(full: Door, empty: Door): Promise<ScanCosts> {
  progress("Scanning, with the past and without ...");
  const open = ({ url, tonight }: Door) => openScanLane(url, tonight.deviceToken, new Crowd(TICKETS));
  const lanes = [await open(full), await open(empty)] as const;
  const times: readonly [number[], number[]] = [[], []];
  using bar = new ProgressBar(2 * (SCAN_WARM_UP + SCANS), "scans");
  for (let turn = 0; turn < SCAN_WARM_UP + SCANS; turn += 1) {
    for (const which of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const milliseconds = await timeOf(() => lanes[which].send());
      if (turn >= SCAN_WARM_UP) times[which].push(milliseconds);
      bar.add(1);
    }
  }
  for (const lane of lanes) await lane.close();
  return { full: latencyOf(times[0]), empty: latencyOf(times[1]) };
}
