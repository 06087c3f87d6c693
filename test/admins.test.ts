import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readArguments } from "../src/cli/admin-arguments.js";
import { makeAdmin, revokeAdmin } from "../src/domain/admin.js";
import { runProgram } from "./setup/program.js";
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

const run = (...args: string[]) => {
  const AUTH_SECRET = "for-tests-only-for-tests-only-for-tests-only";
  return runProgram("make-admin", { args, environment: { DATABASE_URL: gatehouse.databaseUrl, AUTH_SECRET } });
};

const soonAnswers = ({ client }: Person, codes: readonly string[]) =>
  vi.waitFor(async () => expect(await client.codes(USERS)).toEqual(codes), { timeout: 3_000, interval: 100 });

describe("the first admin", () => {
  it("is made by a command, beside a server that soon obeys", async () => {
    const person = await world.person("First");
    expect(await person.client.codes(USERS)).toEqual(["FORBIDDEN"]);
    const { code, output } = await run(` ${person.email.toUpperCase()}`);
    expect(output).toContain(`${person.email} is an admin now.`);
    expect(code).toBe(0);
    await soonAnswers(person, []);
    expect(await person.client.ok("{ me { role } }")).toEqual({ me: { role: "ADMIN" } });
  });

  it("is nobody who has not registered", async () => {
    expect(await run("nobody@example.com")).toMatchObject({
      code: 1,
      output: expect.stringContaining("register first"),
    });
  });
});

describe("an admin", () => {
  it("is made a member again by the same command, which ends what they watch as an admin", async () => {
    const [person, venue] = [await world.person("Former"), await world.venue()];
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [person.email]);
    await using counts = watchVenue(person.client, venue.id);
    await counts.next();
    const { code, output } = await run("--revoke", person.email);
    expect(output).toContain(`${person.email} is no admin any more.`);
    expect(code).toBe(0);
    await soonAnswers(person, ["FORBIDDEN"]);
    expect(await person.client.ok("{ me { role } }")).toEqual({ me: { role: "MEMBER" } });
    expect(await counts.failure(3_000)).toMatchObject({ errors: [{ extensions: { code: "FORBIDDEN" } }] });
  });

  it("stays what they have become when it is done again", async () => {
    const person = await world.person("Again");
    const { em } = (await gatehouse.database()).orm;
    const roleAfter = async (change: typeof makeAdmin) => (await change(em.fork(), person.email))?.role;
    expect([await roleAfter(makeAdmin), await roleAfter(makeAdmin)]).toEqual(["ADMIN", "ADMIN"]);
    expect([await roleAfter(revokeAdmin), await roleAfter(revokeAdmin)]).toEqual(["MEMBER", "MEMBER"]);
  });

  it("is nobody who has not registered, when the role is to be taken away", async () => {
    const { em } = (await gatehouse.database()).orm;
    expect(await revokeAdmin(em.fork(), "nobody@example.com")).toBeNull();
  });
});

describe("the command", () => {
  it("takes one address, with the option before it or after", () => {
    const email = "a@example.com";
    expect(readArguments([email])).toEqual({ email, revoke: false });
    for (const args of [
      ["--revoke", email],
      [email, "--revoke"],
    ])
      expect(readArguments(args)).toEqual({ email, revoke: true });
  });

  it.each([[[]], [["--revoke"]], [["a@example.com", "b@example.com"]], [["--remove", "a@example.com"]]])(
    "takes nothing like %j",
    (given) => expect(readArguments(given)).toBeNull(),
  );

  it("tells how it is used where it is given nothing that it takes", async () => {
    const usage = expect.stringContaining("npm run make-admin -- --revoke EMAIL");
    expect(await run("--revoke")).toMatchObject({ code: 2, errors: usage });
  });
});
