import { once } from "node:events";
import { createServer } from "node:http";
import { expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { TextFrame } from "../../src/live/frame.js";

const HEAD = Buffer.from("{");

/** What a client of the `ws` library makes of the frames. */
async function received(frames: readonly Buffer[]): Promise<string[]> {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket, { socket: stream }) => {
    for (const frame of frames) stream.write(frame);
    socket.close();
  });
  const address = http.address();
  const client = new WebSocket(`ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  const texts: string[] = [];
  client.on("message", (data) => texts.push(String(data)));
  await once(client, "close");
  sockets.close();
  http.close();
  return texts;
}

it.each([10, 125, 126, 65_535, 65_536, 1_000_000])(
  "is a message of %i bytes as the protocol has it",
  async (length) => {
    const body = Buffer.alloc(length - HEAD.length - "}".length, "x");
    expect(await received([new TextFrame(body).with(HEAD)])).toEqual([`${HEAD}${body}}`]);
  },
);

it("is written over by the next with a head of the same length, unless it is kept", () => {
  const message = new TextFrame(Buffer.from("[]"));
  const textOf = (frame: Buffer) => frame.toString("utf8", 2);
  const first = message.with(Buffer.from("a:"));
  const second = message.with(Buffer.from("b:"));
  expect([textOf(first), textOf(second)]).toEqual(["b:[]}", "b:[]}"]);
  message.keep();
  const third = message.with(Buffer.from("c:"));
  const longer = message.with(Buffer.from("longer:"));
  expect([second, third, longer].map(textOf)).toEqual(["b:[]}", "c:[]}", "longer:[]}"]);
});
