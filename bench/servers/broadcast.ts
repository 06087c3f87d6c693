import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import { serveState } from "./serve-state.js";
import type { SharedState } from "./shared-state.js";

/** In place of each subscriber's own. */
const SHARED_ID = randomUUID();

/** The bytes alone: one text for all, and nothing that would know who wants it. */
serveState((sockets, state) => {
  sockets.on("connection", (socket) => socket.on("message", (data) => answer(socket, String(data), state)));
  void broadcast();

  async function broadcast(): Promise<never> {
    for (;;) {
      await state.changed;
      const text = Buffer.from(messageOf(state, SHARED_ID));
      for (const socket of sockets.clients) socket.send(text, { binary: false });
    }
  }
});

/** As much of graphql-transport-ws as the subscribers need to be told anything. */
function answer(socket: WebSocket, text: string, state: SharedState): void {
  const { type, id = "" } = JSON.parse(text) as { type: string; id?: string };
  if (type === "connection_init") socket.send('{"type":"connection_ack"}');
  if (type === "subscribe") socket.send(messageOf(state, id));
}

const messageOf = ({ occupancy }: SharedState, id: string): string =>
  JSON.stringify({ id, type: "next", payload: { data: { occupancyChanged: occupancy } } });
