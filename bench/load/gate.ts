import { openBatchLane } from "./batch-lane.js";
import { Crowd, TICKETS } from "./crowd.js";
import { openFunctionLane } from "./function-lane.js";
import { generate } from "./generate.js";
import type { Lane } from "./lane.js";
import { openScanLane } from "./scan-lane.js";
import { openUploadLane } from "./upload-lane.js";

export type GateLane = "scan" | "upload" | "function" | "batch";

export interface GateLoad {
  readonly lane: GateLane;
  /** Of the venue's devices. */
  readonly tokens: readonly string[];
}

const OPENERS: Readonly<Record<GateLane, (url: string, token: string, crowd: Crowd) => Promise<Lane>>> = {
  scan: openScanLane,
  upload: openUploadLane,
  function: openFunctionLane,
  batch: openBatchLane,
};

generate<GateLoad, Crowd>(
  () => new Crowd(TICKETS),
  ({ lane, url, tokens }, index, crowd) => OPENERS[lane](url, tokens[index % tokens.length] ?? "", crowd),
);
