import type { ServerResponse } from "node:http";
import type { Viewer } from "../domain/viewer.js";
import type { Sender } from "./delivery.js";
import type { Stream, Subscription } from "./operation.js";
import type { Rendering } from "./renderings.js";

const COMMENT_MILLISECONDS = 12_000;
/** The last is for proxies that would gather messages into larger pieces. */
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/** The answer to one request as a stream of events, with what its operation holds; the token's end is its end. */
export class ResponseStream implements Subscription {
  readonly door = "event-stream";
  private readonly streams = new Set<Stream>();
  private readonly comments: NodeJS.Timeout;
  private readonly expiry: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: ServerResponse,
    readonly address: string,
    viewer: Viewer,
    expired: () => string,
    private readonly onStalled: () => void,
  ) {
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    response.once("close", () => void this.release());
    this.comments = setInterval(() => this.comment(), COMMENT_MILLISECONDS);
    if (viewer.kind === "user") {
      const end = () => void this.tell(expired()).then(() => this.complete());
      this.expiry = setTimeout(end, viewer.expiresAt.getTime() - Date.now());
    }
  }

  next({ text }: Rendering, sender: Sender): boolean {
    if (this.write(text)) return true;
    void this.drained().then(() => sender.proceed());
    return false;
  }

  /** Resolves when there is room for more, or the client is gone. */
  async tell(result: string): Promise<void> {
    if (!this.write(result)) await this.drained();
  }

  /** Whether there is room for more, or nobody to send it to. */
  private write(result: string): boolean {
    if (this.response.writableEnded || this.response.destroyed) return true;
    return this.response.write(`event: next\ndata: ${result}\n\n`);
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.response.off("drain", done).off("close", done);
        resolve();
      };
      this.response.on("drain", done).on("close", done);
    });
  }

  complete(): void {
    this.end("event: complete\ndata:\n\n");
  }

  end(last = ""): void {
    if (!this.response.writableEnded) this.response.end(last);
  }

  hold(stream: Stream): void {
    if (this.response.destroyed || this.response.writableEnded) void stream.return();
    else this.streams.add(stream);
  }

  drop(stream: Stream): void {
    this.streams.delete(stream);
  }

  /** The operation fails with what ended the right, and with it all that there is to end. */
  forbid(): void {}

  async release(): Promise<void> {
    clearInterval(this.comments);
    clearTimeout(this.expiry);
    await Promise.all([...this.streams].map((stream) => stream.return()));
  }

  /** Keeps the connection open through proxies, and cuts off who has not read since a comment or more. */
  private comment(): void {
    if (this.response.writableNeedDrain) {
      this.onStalled();
      this.response.destroy();
    } else this.response.write(":\n\n");
  }
}
