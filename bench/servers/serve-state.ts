import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { handleProtocols } from "graphql-ws";
import { WebSocketServer } from "ws";
import { serve } from "./serve.js";
import { type Occupancy, SharedState } from "./shared-state.js";

const PATH = "/graphql";
const KEEP_ALIVE_MILLISECONDS = 72_000;

/** A rival in telling one state to many: STATE has it, every POST changes it, and `attach` tells it over the WebSockets. */
export function serveState(attach: (sockets: WebSocketServer, state: SharedState) => void): void {
  serve(async (_databaseUrl, { STATE = "" }) => {
    const state = new SharedState(JSON.parse(STATE) as Occupancy);
    // A changer that has its turn once a minute keeps its connection, as with Gatehouse.
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS }, (request, response) => {
      request.resume();
      request.on("end", () => {
        state.change();
        const body = JSON.stringify({ version: state.occupancy.version });
        response.writeHead(200, { "content-length": Buffer.byteLength(body) }).end(body);
      });
    });
    attach(new WebSocketServer({ server, path: PATH, handleProtocols }), state);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}${PATH}`, close: async () => void server.close() };
  });
}
