import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compiled } from "./setup/compiled.js";
import { eventWith, held, outcomeOf, pay, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, type Person, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let event: Event;
let buyer: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  const world = new World(gatehouse.url);
  event = await eventWith(await world.venue(), 10);
  buyer = await world.person("Buyer");
});
afterAll(() => gatehouse.close());

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly url?: string;
}

interface Process extends AsyncDisposable {
  readonly url: string;
  /** What it had logged when it was ready. */
  readonly lines: readonly Line[];
}

/** The server as an operator starts it, on the same database. */
async function startProduction(env: Readonly<Record<string, string>>): Promise<Process> {
  const child = spawn(process.execPath, [compiled("src/main.ts")], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      PORT: "0",
      DATABASE_URL: gatehouse.databaseUrl,
      AUTH_SECRET: gatehouse.config.authSecrets.join(","),
      JOBS: "off",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Line[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line.url !== undefined) break;
  }
  const stop = async () => {
    const exited = once(child, "exit");
    if (child.kill("SIGTERM")) await exited;
  };
  const url = lines.at(-1)?.url?.replace(/\/graphql$/, "");
  if (url !== undefined) return { url, lines, [Symbol.asyncDispose]: stop };
  await stop();
  throw new Error(`the server has not started: ${JSON.stringify(lines)}`);
}

const warnings = ({ lines }: Process): string[] => lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);

describe("in production", () => {
  it("the start warns that no provider is set up, and every payment is declined with the reason", async () => {
    await using production = await startProduction({});
    expect(warnings(production)).toEqual([expect.stringContaining("every payment is declined")]);
    const reservation = await held(buyer.client, event);
    const { userErrors } = await pay(new World(production.url).anonymous.as(buyer.client.token), reservation);
    expect(userErrors).toMatchObject([
      { code: "PAYMENT_DECLINED", message: "Payments are not set up on this server.", path: ["paymentToken"] },
    ]);
    expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 1 });
  });

  it("the built-in provider serves where the configuration says so, without a warning", async () => {
    await using production = await startProduction({ PAYMENT_PROVIDER: "test" });
    expect(warnings(production)).toEqual([]);
    const client = new World(production.url).anonymous.as(buyer.client.token);
    expect(outcomeOf(await pay(client, await held(buyer.client, event)))).toBe("PAID");
    const declined = await pay(client, await held(buyer.client, event), { paymentToken: "decline" });
    expect(outcomeOf(declined)).toBe("PAYMENT_DECLINED");
  });
});
