import { openBatchLane } from "./load/batch-lane.js";
import { Crowd, TICKETS } from "./load/crowd.js";
import { drive } from "./load/drive.js";
import { openFunctionLane } from "./load/function-lane.js";
import type { Lane } from "./load/lane.js";
import type { LaneKind, Measurement, Order } from "./load/order.js";
import { openScanLane } from "./load/scan-lane.js";
import { openUploadLane } from "./load/upload-lane.js";
import { answerOrders } from "./orders.js";

/** The generator, in a process of its own: it takes orders from its parent, one at a time. */

const OPENERS: Readonly<Record<LaneKind, (url: string, token: string, crowd: Crowd) => Promise<Lane>>> = {
  scan: openScanLane,
  upload: openUploadLane,
  function: openFunctionLane,
  batch: openBatchLane,
};

const crowds = new Map<string, Crowd>();

answerOrders(async (order: Order) => {
  const crowd = crowds.get(order.crowd) ?? new Crowd(TICKETS);
  crowds.set(order.crowd, crowd);
  const tokens = Array.from(
    { length: order.connections },
    (_, index) => order.tokens[index % order.tokens.length] ?? "",
  );
  const lanes = await Promise.all(tokens.map((token) => OPENERS[order.kind](order.url, token, crowd)));
  const measurement: Measurement = await drive(lanes, order);
  await Promise.all(lanes.map((lane) => lane.close()));
  return { measurement, totals: crowd.totals };
});
