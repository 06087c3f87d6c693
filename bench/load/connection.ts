import { once } from "node:events";
import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";

/**
 * One kept-alive connection that has one request under way at a time. Raw, because a generator that costs more than the
 * server would measure itself.
 */
export class Connection {
  /** What every request begins with, up to its token. */
  private readonly start: string;
  private received: Buffer[] = [];
  private settle: { resolve: (body: string) => void; reject: (error: Error) => void } | null = null;

  private constructor(
    private readonly socket: Socket,
    { host, pathname }: URL,
    private readonly token: string,
  ) {
    this.start =
      `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\n` +
      "authorization: Bearer ";
    socket.on("data", (chunk) => this.receive(chunk));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the server closed the connection")));
  }

  static async open(address: string, token: string): Promise<Connection> {
    const url = new URL(address);
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, "connect");
    return new Connection(socket, url, token);
  }

  /** Answers the body of a response with status 200, and throws on any other. In the name of another with a `token`. */
  post(body: string, token = this.token): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) throw new Error("the server has closed the connection");
      this.settle = { resolve, reject };
      this.socket.write(`${this.start}${token}\r\ncontent-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.received.push(chunk);
    const data = this.received.length === 1 ? chunk : Buffer.concat(this.received);
    const headLength = data.indexOf(HEAD_END);
    if (headLength < 0) return;
    const head = data.toString("latin1", 0, headLength);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const bodyStart = headLength + HEAD_END.length;
    if (data.length < bodyStart + length) return;
    this.received = [];
    const body = data.toString("utf8", bodyStart);
    if (head.startsWith("HTTP/1.1 200 ") && data.length === bodyStart + length) this.answer(body);
    else this.fail(new Error(`unexpected response: ${head}\n\n${body}`));
  }

  private answer(body: string): void {
    const { settle } = this;
    this.settle = null;
    settle?.resolve(body);
  }

  private fail(error: Error): void {
    const { settle } = this;
    this.settle = null;
    settle?.reject(error);
  }
}
