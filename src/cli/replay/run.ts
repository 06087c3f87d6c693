import type { GateFinder } from "./gates.js";
import { scanKeys } from "./keys.js";
import { pacer } from "./pace.js";
import { type Reading, readScans } from "./scan-file.js";
import type { Sender } from "./sender.js";

export interface Source {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly name: string;
  /** Of timestamps that have none. */
  readonly offset: string | null;
}

export interface Course {
  readonly findGate: GateFinder;
  readonly sender: Sender;
  /** Null: as fast as the server answers. */
  readonly speed: number | null;
  /** Told of every line, good or bad. */
  read(reading: Reading): void;
  bad(line: number, problem: string): void;
}

/** Sends every good line of the source. Throws what ended the replay before its end. */
export async function replay(source: Source, { findGate, sender, speed, read, bad }: Course): Promise<void> {
  const keyOf = scanKeys();
  const due = speed === null ? null : pacer(speed);
  for await (const reading of readScans(source.chunks, source)) {
    read(reading);
    if ("problem" in reading) {
      bad(reading.line, reading.problem);
      continue;
    }
    // Before the gate is looked up, so that the keys depend on the file alone.
    const key = keyOf(reading.value);
    const gate = findGate(reading.value.gate);
    if ("problem" in gate) {
      bad(reading.line, gate.problem);
      continue;
    }
    await due?.(reading.value.scannedAt.getTime());
    await sender.send({ line: reading.line, key, scan: reading.value, gateId: gate.value });
  }
  await sender.finish();
}
