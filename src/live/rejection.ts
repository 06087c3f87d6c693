import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { FaultCode } from "../errors.js";

/** What is told to who cannot be answered as a request is: before there is one, or in place of a WebSocket. */
export interface Rejection {
  /** Such as `404 Not Found`. */
  readonly status: string;
  readonly code: FaultCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers as the API does, with an id of its own, and ends the connection. */
export function reject(
  socket: Duplex,
  { status, code, message, headers = {} }: Rejection,
  requestId = randomUUID(),
): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] });
  const lines = Object.entries({
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "x-request-id": requestId,
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  socket.on("error", () => socket.destroy());
  socket.end([`HTTP/1.1 ${status}`, ...lines, "", body].join("\r\n"), () => socket.destroy());
}
