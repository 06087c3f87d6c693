import { randomUUID } from "node:crypto";
import { Opcode, WatchSocket } from "./watch-socket.js";

/** What every subscriber asks for: the whole state, in each message. */
const DOCUMENT = `subscription($venueId: ID!) {
  occupancyChanged(venueId: $venueId) { inside theoretical version gates { inside entries gate { name } } }
}`;
const VERSION = Buffer.from('"version":');
const ZERO = 48;
const NINE = 57;

export interface Watched {
  readonly url: string;
  readonly venueId: string;
  /** Null: anonymous. */
  readonly token: string | null;
}

export interface WatcherEvents {
  /** Of every message, as it comes: the state's version and the bytes of the message. */
  arrived(version: number, bytes: number): void;
  failed(error: Error): void;
}

/** One subscriber: a socket with one operation, by graphql-transport-ws. */
export class Watcher {
  private readonly id = randomUUID();
  private readonly socket: WatchSocket;
  private isWatching = false;

  constructor(
    private readonly watched: Watched,
    private readonly events: WatcherEvents,
  ) {
    this.socket = new WatchSocket(watched.url, {
      opened: () => this.initialise(),
      frame: (opcode, buffer, from, to) => this.read(opcode, buffer, from, to),
      failed: (error) => events.failed(error),
    });
  }

  close(): void {
    this.socket.close();
  }

  private initialise(): void {
    const { token } = this.watched;
    const payload = token === null ? {} : { authorization: `Bearer ${token}` };
    this.say({ type: "connection_init", payload });
  }

  private read(opcode: number, buffer: Buffer, from: number, to: number): void {
    if (opcode === Opcode.PING) this.socket.send(Opcode.PONG, Buffer.from(buffer.subarray(from, to)));
    else if (opcode !== Opcode.TEXT) throw unexpected(buffer, from, to);
    else if (this.isWatching) this.events.arrived(versionIn(buffer, from, to), to - from);
    else this.begin(buffer, from, to);
  }

  /** Until the first state, every message is read as a whole. */
  private begin(buffer: Buffer, from: number, to: number): void {
    const { type, id } = JSON.parse(buffer.toString("utf8", from, to)) as { type: string; id?: string };
    const { venueId } = this.watched;
    if (type === "connection_ack") {
      this.say({ id: this.id, type: "subscribe", payload: { query: DOCUMENT, variables: { venueId } } });
    } else if (type === "next" && id === this.id) {
      this.isWatching = true;
      this.events.arrived(versionIn(buffer, from, to), to - from);
    } else throw unexpected(buffer, from, to);
  }

  private say(message: object): void {
    this.socket.send(Opcode.TEXT, JSON.stringify(message));
  }
}

/** Throws where there is none: what came is not a state. */
function versionIn(buffer: Buffer, from: number, to: number): number {
  const found = buffer.indexOf(VERSION, from);
  if (found < 0 || found >= to) throw unexpected(buffer, from, to);
  let version = 0;
  for (let at = found + VERSION.length; at < to; at += 1) {
    const digit = buffer[at] ?? 0;
    if (digit < ZERO || digit > NINE) break;
    version = version * 10 + digit - ZERO;
  }
  return version;
}

const unexpected = (buffer: Buffer, from: number, to: number): Error =>
  new Error(`a subscriber did not expect ${buffer.toString("utf8", from, Math.min(to, from + 500))}`);
