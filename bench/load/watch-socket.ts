import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { FrameReader, type OnFrame } from "./frame-reader.js";

const HEAD_END = "\r\n\r\n";
const FINAL = 0x80;
const MASKED = 0x80;
const TWO_BYTE_LENGTH = 126;
const MOST_READ_BYTES = 65_536;

export const Opcode = { TEXT: 1, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** All sockets are read into it, one after the other: a buffer of its own for each read would be most of what a message costs. */
const SHARED = Buffer.allocUnsafeSlow(MOST_READ_BYTES);

/**
 * A WebSocket by hand, since the generator must cost as little as can be: what it spends on a message, every server seems to
 * be slower by.
 */
export class WatchSocket {
  private readonly reader: FrameReader;
  private readonly socket: Socket;
  private head: Buffer | null = Buffer.alloc(0);

  constructor(
    address: string,
    private readonly events: { opened(): void; readonly frame: OnFrame; failed(error: Error): void },
  ) {
    this.reader = new FrameReader(events.frame);
    const url = new URL(address);
    this.socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: { buffer: SHARED, callback: (length) => this.read(SHARED.subarray(0, length)) },
    });
    this.socket.on("error", (error) => events.failed(error));
    this.socket.on("close", () => events.failed(new Error("the server closed a subscriber's connection")));
    this.socket.write(upgradeRequest(url));
  }

  /** At most 65,535 bytes. Masked, as the protocol asks of clients, with a mask that changes nothing. */
  send(opcode: number, body: string | Buffer): void {
    const bytes = Buffer.from(body);
    const isShort = bytes.length < TWO_BYTE_LENGTH;
    const head = Buffer.alloc(isShort ? 6 : 8);
    head[0] = FINAL | opcode;
    head[1] = MASKED | (isShort ? bytes.length : TWO_BYTE_LENGTH);
    if (!isShort) head.writeUInt16BE(bytes.length, 2);
    this.socket.write(Buffer.concat([head, bytes]));
  }

  close(): void {
    this.socket.removeAllListeners("close").destroy();
  }

  private read(chunk: Buffer): boolean {
    try {
      if (this.head === null) this.reader.read(chunk);
      else this.readHead(Buffer.concat([this.head, chunk]));
    } catch (error) {
      this.events.failed(error as Error);
    }
    return true;
  }

  /** Frames may come with it. */
  private readHead(data: Buffer): void {
    this.head = data;
    const end = data.indexOf(HEAD_END);
    if (end < 0) return;
    const head = data.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`the server refused a subscriber: ${head}`);
    this.head = null;
    this.events.opened();
    this.reader.read(data.subarray(end + HEAD_END.length));
  }
}

const upgradeRequest = ({ host, pathname }: URL): string =>
  [
    `GET ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "Sec-WebSocket-Protocol: graphql-transport-ws",
  ].join("\r\n") + HEAD_END;
