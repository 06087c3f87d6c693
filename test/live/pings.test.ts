import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { serve } from "./door.js";
import { until } from "./world.js";

/** So long that a machine that is held up for a while keeps no answer back, and does not bring half of the pings together. */
const PING_MILLISECONDS = 1_500;
const CLIENTS = 200;
const SLICES = 8;

async function open(url: string, autoPong: boolean): Promise<WebSocket> {
  const socket = new WebSocket(`${url}/graphql`, ["graphql-transport-ws"], { autoPong });
  await once(socket, "open");
  // Else the server closes it after three seconds.
  socket.send('{"type":"connection_init"}');
  return socket;
}

it("cuts off who does not answer pings, and nobody else", async () => {
  const { attached, url } = await serve({ pingMilliseconds: PING_MILLISECONDS });
  const [dead, alive] = await Promise.all([open(url, false), open(url, true)]);
  const [code] = await once(dead, "close");
  expect(code).toBe(1006);
  await sleep(2 * PING_MILLISECONDS);
  expect(attached.size).toBe(1);
  expect(alive.readyState).toBe(WebSocket.OPEN);
});

it("spreads the pings of those who came at once", async () => {
  const { url } = await serve({ pingMilliseconds: PING_MILLISECONDS });
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => open(url, true)));
  const pinged: number[] = [];
  for (const client of clients) client.once("ping", () => pinged.push(performance.now()));
  await until(() => pinged.length === CLIENTS, 3 * PING_MILLISECONDS);
  const begun = Math.min(...pinged);
  const slice = PING_MILLISECONDS / SLICES;
  const counts = Map.groupBy(pinged, (at) => Math.floor((at - begun) / slice));
  for (const { length } of counts.values()) expect(length).toBeLessThan(CLIENTS / 2);
});
