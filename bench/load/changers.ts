import type { Changer } from "./changes.js";
import { Connection } from "./connection.js";
import type { Crowd } from "./crowd.js";
import { openScanner } from "./scan-lane.js";

/** A scanner at one of Gatehouse's doors: every change is somebody who passes. */
export async function openScanChanger(url: string, token: string, crowd: Crowd): Promise<Changer> {
  const scanner = await openScanner(url, token);
  return {
    async change() {
      const draw = crowd.passage();
      const version = await scanner.scan(draw);
      crowd.settle(draw);
      return version;
    },
    close: () => scanner.close(),
  };
}

/** Of a state that is in the server's memory alone. */
export async function openStateChanger(url: string): Promise<Changer> {
  const connection = await Connection.open(url, "");
  return {
    change: async () => (JSON.parse(await connection.post("{}")) as { version: number }).version,
    close: () => connection.close(),
  };
}
