import { setTimeout as pause } from "node:timers/promises";

/** V8 gives pages back some time after it has found them empty. */
const RETURN_MILLISECONDS = 300;

/** Resident bytes of this process, without garbage. Throws where it cannot be collected: without --expose-gc. */
export async function readMemory(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("the server runs without --expose-gc");
  gc();
  await pause(RETURN_MILLISECONDS);
  gc();
  await pause(RETURN_MILLISECONDS);
  return process.memoryUsage.rss();
}
