import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { v7 as uuidv7 } from "uuid";
import { encodeId } from "../../src/schema/ids.js";
import { Client } from "./client.js";
import type { TestGatehouse } from "./server.js";
import { type Person, World } from "./world.js";

/**
 * Signed-in people by the hundred, copied from one who has registered: a password's hash each would take half a minute. They
 * share the password, and can do all that the first can but refresh their sessions.
 */
export async function makeCrowd(gatehouse: TestGatehouse, size: number): Promise<Person[]> {
  const first = await new World(gatehouse.url).person("Buyer");
  const rows = Array.from({ length: size }, () => ({ id: uuidv7(), session: uuidv7() }));
  const columns = [rows.map(({ id }) => id), rows.map(({ session }) => session)];
  await gatehouse.sql(
    `insert into users
     select (json_populate_record(u, json_build_object('id', i.id, 'email', i.id || '@example.com'))).*
     from unnest($1::uuid[]) as i (id), users u where u.email = $2`,
    [columns[0], first.email],
  );
  await gatehouse.sql(
    `insert into sessions (id, user_id, created_at)
     select i.session, i.id, now() from unnest($1::uuid[], $2::uuid[]) as i (id, session)`,
    columns,
  );
  return Promise.all(
    rows.map(async ({ id, session }) => ({
      ...first,
      id: encodeId("usr", id),
      email: `${id}@example.com`,
      client: new Client(gatehouse.url, await sign(gatehouse, first, { userId: id, sessionId: session })),
    })),
  );
}

/** A token as the server made the other's. */
async function sign(
  { config }: TestGatehouse,
  other: Person,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<string> {
  const token = other.client.token ?? "";
  const { alg = "", ...header } = decodeProtectedHeader(token);
  const claims = { ...decodeJwt(token), sub: userId, sid: sessionId };
  return new SignJWT(claims)
    .setProtectedHeader({ alg, ...header })
    .sign(new TextEncoder().encode(config.authSecrets[0]));
}

/** Who speaks to one server, speaking to another on the same database. */
export const at = ({ url }: Pick<TestGatehouse, "url">, { client }: Person): Client => new Client(url, client.token);

/** How often each came, such as `{ RESERVED: 100, SOLD_OUT: 400 }`. */
export const tally = (outcomes: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(outcomes, (outcome) => outcome)].map(([name, of]) => [name, of.length]));
