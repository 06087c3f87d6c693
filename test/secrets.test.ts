import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readConfig } from "../src/config.js";
import { createServer as createGatehouse } from "../src/server.js";
import { Client } from "./setup/client.js";
import { compiled } from "./setup/compiled.js";
import { addressOf, dropDatabase, makeDatabase } from "./setup/postgres.js";
import { held } from "./setup/sales.js";
import { made, mutate, type Person, recordScan, World } from "./setup/world.js";

const AUTH_SECRET = "auth-secret-auth-secret-auth-secret-auth";
const REDIS_PASSWORD = "redis-password-that-is-wrong";
const SMTP_PASSWORD = "smtp-password-that-is-wrong";
const PAYMENT_TOKEN = "tok_of-somebody's-card";
const WAIT_MILLISECONDS = 20_000;

/** What takes no password, as Redis and as mail servers say it. */
const redis = (socket: Socket) =>
  socket.on("data", () => socket.write("-WRONGPASS invalid username-password pair\r\n"));
const mail = (socket: Socket) => {
  socket.write("220 mail\r\n");
  socket.on("data", (data) => {
    const isGreeting = data.toString().startsWith("EHLO");
    socket.write(isGreeting ? "250-mail\r\n250 AUTH PLAIN LOGIN\r\n" : `535 no such password: ${SMTP_PASSWORD}\r\n`);
  });
};

async function listen(talk: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => talk(socket.on("error", () => {})));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

let servers: Server[];
let databaseUrl: string;
beforeAll(async () => {
  servers = [await listen(redis), await listen(mail)];
  databaseUrl = await makeDatabase(inject("postgresUrl"));
});
afterAll(async () => {
  for (const server of servers) server.close();
  await dropDatabase(inject("postgresUrl"), databaseUrl);
});

/** The program, with all that it writes until it is stopped. */
function startProgram() {
  const [redisServer, mailServer] = servers.map(portOf);
  const child = spawn(process.execPath, [compiled("src/main.ts")], {
    cwd: join(import.meta.dirname, ".."),
    env: {
      ...{ PATH: process.env["PATH"], PORT: "0", LOG_LEVEL: "trace", RATE_LIMITS: "off", AUTH_SECRET },
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: `redis://:${REDIS_PASSWORD}@127.0.0.1:${redisServer}` },
      ...{ SMTP_URL: `smtp://gatehouse:${SMTP_PASSWORD}@127.0.0.1:${mailServer}`, MAIL_FROM: "gatehouse@example.com" },
      DATA_DIR: join(tmpdir(), `gatehouse-test-${randomUUID()}`),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const until = async (wanted: RegExp): Promise<string> => {
    const deadline = Date.now() + WAIT_MILLISECONDS;
    for (;;) {
      const found = wanted.exec(output);
      if (found !== null) return found[1] ?? "";
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`never said ${wanted}:\n${output}`);
      await sleep(50);
    }
  };
  const stop = async (): Promise<string> => {
    if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "close");
    return output;
  };
  return { until, stop };
}

/** All that people and devices do with what nobody else may know. Answers that. */
async function doEverything(url: string): Promise<string[]> {
  const world = new World(url);
  const person = await world.person();
  const venue = await world.venue({}, person);
  const event = await venue.event();
  const device = await venue.device();
  await event.tickets(["SECRET-CODE"]);
  await recordScan(device.client, { code: "SECRET-CODE" });
  const next = await signIn(person);
  const hold = await held(person.client, event);
  const payment = { reservationId: hold.id, idempotencyKey: randomUUID(), paymentToken: PAYMENT_TOKEN };
  await made(person.client, "payReservation", "PayReservationInput", "replayed", payment);
  const failed = await breakSomething(person);
  await sendNonsense(url, [device.token, person.client.token ?? "", person.refreshToken]);
  const known = [person.password, person.refreshToken, person.client.token, device.token, PAYMENT_TOKEN, "SECRET-CODE"];
  return [...known, ...next, ...failed].filter((text) => text !== undefined);
}

async function signIn({ client, email, password, refreshToken }: Person): Promise<string[]> {
  const anonymous = client.as();
  const tokens = "accessToken refreshToken";
  type Tokens = { readonly accessToken: string; readonly refreshToken: string };
  const login = await made<Tokens>(anonymous, "login", "LoginInput", tokens, { email, password });
  const wrong = "a wrong password";
  await mutate(anonymous, "login", "LoginInput", tokens, { email, password: wrong });
  const next = await made<Tokens>(anonymous, "refreshSession", "RefreshSessionInput", tokens, { refreshToken });
  await mutate(anonymous, "refreshSession", "RefreshSessionInput", tokens, {
    refreshToken: next.refreshToken.slice(1),
  });
  await mutate(client, "deleteAccount", "DeleteAccountInput", "ok", { password: wrong });
  return [wrong, login.accessToken, login.refreshToken, next.accessToken, next.refreshToken];
}

/** A registration that the database refuses for a reason of its own, which tells the whole row. */
async function breakSomething({ client }: Person): Promise<string[]> {
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  await owner.query("alter table users add constraint broken check (name <> 'Broken') not valid");
  await owner.end();
  const password = "the password of who could not be registered";
  const input = { name: "Broken", email: "broken@example.com", password };
  const query = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }";
  expect(await client.as().codes(query, { input })).toEqual(["INTERNAL_SERVER_ERROR"]);
  return [password, "$argon2", "broken@example.com"];
}

/** Secrets where none should be: in addresses, in bodies that cannot be read, and in tokens that are not good. */
async function sendNonsense(url: string, secrets: readonly string[]): Promise<void> {
  for (const secret of secrets) {
    await fetch(`${url}/nowhere/${secret}?token=${secret}`);
    await fetch(`${url}/graphql?query=${encodeURIComponent(`{ event(id: "${secret}") { id } }`)}`);
    await new Client(url).post(`{"query": "{ me", "variables": {"password": "${secret}"`);
    await new Client(url).request(`{ node(id: "${secret}") { id } `);
    // "B" in the place of "A" could be the same bytes: the last letter's lowest bits may be none of them.
    const mistyped = new Client(url, `${secret.slice(0, -1)}${secret.endsWith("A") ? "Q" : "A"}`);
    expect((await mistyped.request("{ __typename }")).status).toBe(401);
    await using subscription = mistyped.subscribe("{ __typename }");
    expect(await subscription.failure()).toMatchObject({ closeCode: 4403 });
  }
}

describe("what is logged", () => {
  it("at LOG_LEVEL=trace has no token, password or secret, nor the parts of one that is not good", async () => {
    const program = startProgram();
    try {
      const url = await program.until(/"url":"([^"]+)\/graphql"/);
      const secrets = await doEverything(url);
      await program.until(/Redis is away/);
      await program.until(/the mail server has not taken the mail/);
      await program.until(/an operation failed/);
      const output = await program.stop();
      const databasePassword = decodeURIComponent(new URL(databaseUrl).password);
      const passwords = [AUTH_SECRET, REDIS_PASSWORD, SMTP_PASSWORD, databasePassword];
      // A part of a token tells that the whole stood there, cut or spoilt.
      const parts = [...secrets, ...passwords].flatMap((secret) => [secret, secret.slice(0, 60), secret.slice(-60)]);
      const encoded = parts.flatMap((part) => [part, encodeURIComponent(part), Buffer.from(part).toString("base64")]);
      expect(encoded.filter((part) => output.includes(part))).toEqual([]);
    } finally {
      await program.stop();
    }
  });
});

describe("a start that fails", () => {
  const password = "database-password-of-the-operator";
  const unreachable = () => `postgresql://gatehouse:${password}@127.0.0.1:1/gatehouse`;
  const refused = () => {
    const url = new URL(addressOf(inject("postgresUrl"), "postgres"));
    url.username = "stranger";
    url.password = password;
    return url.href;
  };

  it.each([
    ["that cannot be reached", unreachable],
    ["that refuses the password", refused],
  ])("tells no password of a database %s", async (_what, urlOf) => {
    const config = readConfig({ PORT: "0", DATABASE_URL: urlOf(), AUTH_SECRET, LOG_LEVEL: "silent" });
    const server = await createGatehouse(config);
    const error = await server.start().then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(Error);
    const { stack, message } = error as Error;
    expect(`${stack} ${message}`).not.toContain(password);
  });
});
