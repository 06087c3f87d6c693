import { createClient, type Client as StreamClient } from "graphql-sse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { enter, openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(async () => {
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

const WATCH = "subscription ($id: ID!) { occupancyChanged(venueId: $id) { inside version } }";
const TELL = "query ($id: ID!) { venue(id: $id) { name } }";

interface Message {
  readonly data?: { readonly occupancyChanged: { readonly inside: number; readonly version: number } } | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

const headersOf = ({ token }: Client): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

/** The client that the protocol's authors made. */
const streaming = (client: Client): StreamClient =>
  createClient({ url: `${gatehouse.url}/graphql`, headers: headersOf(client), retryAttempts: 0 });

const watch = (client: Client, id: string) =>
  streaming(client).iterate({ query: WATCH, variables: { id } }) as AsyncGenerator<Message>;

async function next(messages: AsyncGenerator<Message>): Promise<Message> {
  const { value, done } = await messages.next();
  if (done) throw new Error("the stream has ended");
  return value;
}

const post = (client: Client, body: unknown, accept = "text/event-stream"): Promise<Response> =>
  fetch(`${gatehouse.url}/graphql`, {
    method: "POST",
    headers: { ...headersOf(client), accept, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** All that a stream that ends has said. */
const said = async (response: Promise<Response>): Promise<string> => (await response).text();

describe("a stream of events", () => {
  it("shows a screen the present state at once, then each change", async () => {
    const { venue, client } = await openDoors(world, { codes: ["T1", "T2"] });
    const messages = watch(venue.owner.client, venue.id);
    const states: unknown[] = [];
    states.push(await next(messages));
    for (const code of ["T1", "T2"]) {
      await enter(client, code);
      states.push(await next(messages));
    }
    await messages.return(undefined);
    const inside = states.map((state) => (state as Message).data?.occupancyChanged.inside);
    expect(inside).toEqual([0, 1, 2]);
  });

  it("has the headers of a stream and the request's id, and answers a query too", async () => {
    const { venue } = await openDoors(world);
    const response = await post(world.anonymous, { query: TELL, variables: { id: venue.id } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
    expect(await response.text()).toMatch(
      /^event: next\ndata: \{"data":\{"venue":\{"name":"Hall"\}\},"extensions":.+\}\n\nevent: complete\ndata:\n\n$/,
    );
  });

  it("is chosen for subscriptions alone where JSON is accepted too", async () => {
    const { venue } = await openDoors(world, { venue: { publicOccupancy: true } });
    const both = "application/json, text/event-stream";
    const answered = await post(world.anonymous, { query: TELL, variables: { id: venue.id } }, both);
    expect(await answered.json()).toMatchObject({ data: { venue: { name: "Hall" } } });
    const watched = await post(world.anonymous, { query: WATCH, variables: { id: venue.id } }, both);
    expect(watched.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    await watched.body?.cancel();
  });

  it("is needed for a subscription", async () => {
    const { venue } = await openDoors(world);
    const response = await post(world.anonymous, { query: WATCH, variables: { id: venue.id } }, "application/json");
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("text/event-stream");
  });
});

describe("what goes wrong in a stream of events", () => {
  const code = async (messages: AsyncGenerator<Message>): Promise<unknown> =>
    (await next(messages)).errors?.[0]?.extensions.code;

  it("is told in it, before its end", async () => {
    const { venue } = await openDoors(world);
    const stranger = (await world.person()).client;
    const messages = watch(stranger, venue.id);
    expect(await code(messages)).toBe("FORBIDDEN");
    expect((await messages.next()).done).toBe(true);
    for (const [body, expected] of [
      [{ query: "{ nonsense" }, "GRAPHQL_PARSE_FAILED"],
      [{ query: "{ nonsense }" }, "GRAPHQL_VALIDATION_FAILED"],
      [{ query: WATCH, variables: {} }, "BAD_USER_INPUT"],
      [{ query: WATCH, variables: { id: "nonsense" } }, "BAD_USER_INPUT"],
    ] as const) {
      const text = await said(post(stranger, body));
      expect(text).toContain(`"code":"${expected}"`);
      expect(text).toMatch(/^event: next\ndata: .*\n\nevent: complete\ndata:\n\n$/);
    }
  });

  it("is told by the status where there is no operation or no valid token", async () => {
    for (const body of [{}, [], { query: 1 }, { query: TELL, variables: [] }, { query: TELL, operationName: 1 }]) {
      const response = await post(world.anonymous, body);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] },
      ]);
    }
    const response = await post(world.anonymous.as("forged"), { query: TELL });
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
    ]);
  });

  it("is a mutation that was not posted", async () => {
    const { client } = await world.person("Before");
    const query = 'mutation { updateProfile(input: { name: "After" }) { user { name } } }';
    const address = `${gatehouse.url}/graphql?${new URLSearchParams({ query })}`;
    const headers = { ...headersOf(client), accept: "text/event-stream" };
    expect(await said(fetch(address, { headers }))).toContain("BAD_USER_INPUT");
    expect(await client.ok("{ me { name } }")).toEqual({ me: { name: "Before" } });
    expect(await said(post(client, { query }))).toContain("After");
  });

  it("is a right that ends: it is told, and the stream ends, within two seconds", async () => {
    const venue = await world.venue();
    const [staff, device] = [await venue.staff(), await venue.device()];
    const [ofStaff, ofDevice] = [watch(staff.client, venue.id), watch(device.client, venue.id)];
    await Promise.all([next(ofStaff), next(ofDevice)]);
    const owner = venue.owner.client;
    await made(owner, "removeVenueStaff", "VenueStaffInput", "venue { id }", { venueId: venue.id, email: staff.email });
    await made(owner, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId: device.id });
    const from = performance.now();
    expect(await Promise.all([code(ofStaff), code(ofDevice)])).toEqual(["FORBIDDEN", "UNAUTHENTICATED"]);
    expect([(await ofStaff.next()).done, (await ofDevice.next()).done]).toEqual([true, true]);
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});

describe("a stream of events ends", () => {
  it("with its token", async () => {
    const short = await startGatehouse({ accessTokenSeconds: 2 });
    try {
      const { client } = await new World(short.url).person();
      const venue = await new World(short.url).venue({ publicOccupancy: true });
      const body = JSON.stringify({ query: WATCH, variables: { id: venue.id } });
      const headers = { ...headersOf(client), accept: "text/event-stream", "content-type": "application/json" };
      const text = await said(fetch(`${short.url}/graphql`, { method: "POST", headers, body }));
      expect(text).toContain('"inside":0');
      expect(text).toMatch(/"code":"UNAUTHENTICATED".*\n\nevent: complete\ndata:\n\n$/);
    } finally {
      await short.close();
    }
  });

  it("without the word that it is complete when the server closes, which is not kept waiting", async () => {
    const closing = await startGatehouse();
    const venue = await new World(closing.url).venue({ publicOccupancy: true });
    const body = JSON.stringify({ query: WATCH, variables: { id: venue.id } });
    const headers = { accept: "text/event-stream", "content-type": "application/json" };
    const response = await fetch(`${closing.url}/graphql`, { method: "POST", headers, body });
    const text = response.text();
    await expect.poll(() => closing.sql("select 1")).toBeDefined();
    const from = performance.now();
    await closing.close();
    expect(performance.now() - from).toBeLessThan(4_000);
    expect(await text).not.toContain("complete");
  });
});
