import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { watchVenue } from "./setup/screens.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Person, World } from "./setup/world.js";

const USERS = "{ users { totalCount } }";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

const makeAdmin = (...given: string[]) => {
  const secret = "for-tests-only-for-tests-only-for-tests-only";
  const env = { ...process.env, DATABASE_URL: gatehouse.databaseUrl, AUTH_SECRET: secret };
  return promisify(execFile)("npx", ["tsx", "src/cli/make-admin.ts", ...given], { env });
};

const soonAnswers = ({ client }: Person, codes: readonly string[]) =>
  vi.waitFor(async () => expect(await client.codes(USERS)).toEqual(codes), { timeout: 3_000, interval: 100 });

describe("the first admin", () => {
  it("is made by a command, beside a server that soon obeys", async () => {
    const person = await world.person("First");
    expect(await person.client.codes(USERS)).toEqual(["FORBIDDEN"]);
    expect((await makeAdmin(` ${person.email.toUpperCase()}`)).stdout).toContain(`${person.email} is an admin now.`);
    await soonAnswers(person, []);
    expect(await person.client.ok("{ me { role } }")).toEqual({ me: { role: "ADMIN" } });
  });

  it("is nobody who has not registered", async () => {
    await expect(makeAdmin("nobody@example.com")).rejects.toMatchObject({ code: 1 });
  });
});

describe("an admin", () => {
  it("is made a member again by the same command, which ends what they watch as an admin", async () => {
    const [person, venue] = [await world.person("Former"), await world.venue()];
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [person.email]);
    await using counts = watchVenue(person.client, venue.id);
    await counts.next();
    expect((await makeAdmin("--revoke", person.email)).stdout).toContain(`${person.email} is no admin any more.`);
    await soonAnswers(person, ["FORBIDDEN"]);
    expect(await person.client.ok("{ me { role } }")).toEqual({ me: { role: "MEMBER" } });
    expect(await counts.failure(3_000)).toMatchObject({ errors: [{ extensions: { code: "FORBIDDEN" } }] });
    expect((await makeAdmin(person.email, "--revoke")).stdout).toContain("is no admin any more.");
  });

  it("is nobody who has not registered, when the role is to be taken away", async () => {
    await expect(makeAdmin("--revoke", "nobody@example.com")).rejects.toMatchObject({ code: 1 });
  });
});

describe("the command", () => {
  it.each([[[]], [["--revoke"]], [["a@example.com", "b@example.com"]], [["--remove", "a@example.com"]]])(
    "tells how it is used where it is given %j",
    async (given) => {
      const usage = expect.stringContaining("npm run make-admin -- --revoke EMAIL");
      await expect(makeAdmin(...given)).rejects.toMatchObject({ code: 2, stderr: usage });
    },
  );
});
