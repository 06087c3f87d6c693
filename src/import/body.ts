import type { IncomingMessage } from "node:http";

/** The import ends before the file does. The message is for who sent it. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/**
 * The pieces of a request's body, each when it is asked for. Throws Stopped when none comes for so long, when the client goes,
 * and with the reason of `signal` when that is aborted. The connection stays open for the answer.
 */
export async function* chunksOf(
  request: IncomingMessage,
  signal: AbortSignal,
  patience: number,
): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const { done, value } = await inTime(chunks.next(), signal, patience);
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: it waits for the piece that did not come.
    void chunks.return?.();
  }
}

async function inTime<Value>(coming: Promise<Value>, signal: AbortSignal, patience: number): Promise<Value> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  const timer = setTimeout(() => reject(new Stopped(`Nothing came for ${patience / 1_000} seconds.`)), patience);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([ended, coming.catch(() => Promise.reject(new Stopped("The connection was lost.")))]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
