import type { Duplex } from "node:stream";
import type { WebSocket as ProtocolSocket } from "graphql-ws";
import { CloseCode } from "graphql-ws";
import { WebSocket } from "ws";
import type { Viewer } from "../domain/viewer.js";
import type { Sender } from "./delivery.js";
import type { Unsubscribe } from "./message-bus.js";
import type { Stream, Subscription } from "./operation.js";
import type { Rendering } from "./renderings.js";
import type { WarningLogger } from "./warning.js";

const TRY_AGAIN_LATER = 1013;
const CLOSE_MILLISECONDS = 2_000;
const NOTHING = Buffer.alloc(0);
const { OPEN } = WebSocket;
/** A whole frame without content (RFC 6455, section 5.5.2); the library would write it in two pieces. */
const PING = Buffer.from([0x89, 0]);

export interface ConnectionOptions {
  /** Of the request that it began with, by which the log names it. */
  readonly id: string;
  readonly address: string;
  readonly logger: WarningLogger;
}

/** One client's socket: what graphql-ws needs of it, whose it is, and what its operations hold. */
export class Connection implements ProtocolSocket {
  readonly id: string;
  readonly address: string;
  readonly protocol: string;
  private readonly logger: WarningLogger;
  /** As given on connecting; each operation is authenticated by it anew, as each request over HTTP is. */
  authorization: string | undefined;
  private readonly streams = new Set<Stream>();
  private expiry: NodeJS.Timeout | undefined;
  private pings: NodeJS.Timeout | undefined;
  private answered = true;
  isDropped = false;
  private leave: Unsubscribe = () => {};
  private unsent = 0;
  private movedAt = 0;

  constructor(
    private readonly socket: WebSocket,
    /** What the socket stands on. */
    private readonly stream: Duplex,
    { id, address, logger }: ConnectionOptions,
  ) {
    this.id = id;
    this.address = address;
    this.logger = logger;
    this.protocol = socket.protocol;
    socket.on("pong", () => {
      this.answered = true;
    });
    // The socket closes itself with the fitting code, such as 1009 for a message that is too large.
    socket.on("error", (err) => logger.warn({ err, requestId: id }, "A WebSocket client broke the protocol"));
  }

  private get isOpen(): boolean {
    return this.socket.readyState === OPEN;
  }

  /** Resolves when the bytes have been handed to the system: a client that does not read is not fed further. */
  send(data: string): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    const sent = this.sending();
    return new Promise((resolve, reject) =>
      this.socket.send(data, (error) => {
        sent();
        if (error) reject(error);
        else resolve();
      }),
    );
  }

  /** Calls the sender when all has been sent that waits to be: nothing, behind that, is written when that has been. */
  whenSent(sender: Sender): void {
    const sent = this.sending();
    // Where the client is gone, the socket's end is the sender's.
    this.stream.write(NOTHING, () => {
      sent();
      sender.proceed();
    });
  }

  /** Answers what is to be called when it has been sent. */
  private sending(): () => void {
    if (this.unsent === 0) this.movedAt = performance.now();
    this.unsent += 1;
    return () => {
      this.unsent -= 1;
      this.movedAt = performance.now();
    };
  }

  /** For how many milliseconds the client has taken nothing of what it was sent. */
  get stalledFor(): number {
    return this.unsent === 0 ? 0 : performance.now() - this.movedAt;
  }

  /** The operation of this id as what its results go to. */
  subscription(id: string): Subscription {
    return new Channel(this, this.socket, this.stream, id);
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  /** On this code clients of graphql-ws connect again, with a fresh token if they have one. */
  forbid(): void {
    this.close(CloseCode.Forbidden, "Forbidden");
  }

  /** Of a client that does not read: the code is one on which clients of graphql-ws connect again. It is cut off if it reads no more. */
  drop(): void {
    this.isDropped = true;
    this.close(TRY_AGAIN_LATER, "Too slow: try again later");
    setTimeout(() => this.terminate(), CLOSE_MILLISECONDS).unref();
  }

  terminate(): void {
    this.socket.terminate();
  }

  onMessage(handle: (data: string) => Promise<void>): void {
    this.socket.on("message", (data) => {
      handle(String(data)).catch((error) => this.fail(error));
    });
  }

  /** The token's end is the connection's. `leave` is called when it has ended. */
  open(viewer: Viewer, leave: Unsubscribe): void {
    if (!this.isOpen) {
      leave();
      return;
    }
    this.leave = leave;
    if (viewer.kind === "user") this.expiry = setTimeout(() => this.forbid(), viewer.expiresAt.getTime() - Date.now());
  }

  /**
   * Pings the client as often as told, and ends the connection when one was not answered before the next. They begin at any
   * moment: ten thousand pings in one turn held scans up for 90 ms, and so did their answers.
   */
  keepAlive(milliseconds: number): void {
    this.pings = setTimeout(() => {
      this.ping();
      this.pings = setInterval(() => this.ping(), milliseconds);
    }, Math.random() * milliseconds);
  }

  private ping(): void {
    if (!this.answered) this.socket.terminate();
    else if (this.isOpen) this.stream.write(PING);
    this.answered = false;
  }

  /**
   * graphql-ws forgets a stream whose operation's id is used again before the stream began, so that the connection
   * keeps its own account of what to release.
   */
  hold(stream: Stream): void {
    if (this.isOpen) this.streams.add(stream);
    else void stream.return();
  }

  letGo(stream: Stream): void {
    this.streams.delete(stream);
  }

  async release(): Promise<void> {
    clearTimeout(this.expiry);
    clearTimeout(this.pings);
    this.leave();
    this.leave = () => {};
    await Promise.all([...this.streams].map((stream) => stream.return()));
  }

  /** graphql-ws throws at a message that only servers send; the protocol asks for the code of a bad request. */
  private fail(error: unknown): void {
    if (error instanceof Error && error.message.startsWith("Unexpected message of type")) {
      this.close(CloseCode.BadRequest, "Invalid message received");
    } else {
      this.logger.warn({ err: error, requestId: this.id }, "A WebSocket message could not be handled");
      this.close(CloseCode.InternalServerError, "Internal server error");
    }
  }
}

/** One operation among those of a connection. */
class Channel implements Subscription {
  readonly door = "websocket";
  /** What each of its messages begins with. */
  private readonly head: Buffer;

  constructor(
    private readonly connection: Connection,
    // The connection's, so that it need not be looked at for each message.
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    id: string,
  ) {
    this.head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  get address(): string {
    return this.connection.address;
  }

  /**
   * Past the library, which would frame and write each message in two pieces, and in order with what goes through it. Almost
   * always the system takes it at once, and there is nothing to wait for: a callback would be a third of what the message costs.
   */
  next({ frame }: Rendering, sender: Sender): boolean {
    const { socket, stream } = this;
    if (socket.readyState !== OPEN) return true;
    stream.write(frame.with(this.head));
    if (stream.writableLength === 0) return true;
    frame.keep();
    this.connection.whenSent(sender);
    return false;
  }

  hold(stream: Stream): void {
    this.connection.hold(stream);
  }

  drop(stream: Stream): void {
    this.connection.letGo(stream);
  }

  forbid(): void {
    this.connection.forbid();
  }
}
