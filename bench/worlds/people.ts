import { MikroORM } from "@mikro-orm/postgresql";
import { v7 as uuidv7 } from "uuid";
import { ormOptions } from "../../mikro-orm.config.js";
import { Authenticator } from "../../src/auth.js";
import { execute } from "../databases.js";
import { AUTH_SECRET } from "../servers/secret.js";

export interface Person {
  readonly email: string;
  /** Of an open session. */
  readonly token: string;
}

const HOUR_SECONDS = 3600;

/** The users and sessions are those of whoever has registered, under other names. */
const COPY_USERS = `insert into users select c.* from users u,
  unnest($2::uuid[], $3::text[]) as p (id, email),
  json_populate_record(u, json_build_object('id', p.id, 'email', p.email, 'name', 'Person ' || p.email)) c
  where u.email = $1`;
const COPY_SESSIONS = `insert into sessions select c.* from sessions s join users u on u.id = s.user_id,
  unnest($2::uuid[], $3::uuid[]) as p (id, user_id),
  json_populate_record(s, json_build_object('id', p.id, 'user_id', p.user_id)) c
  where u.email = $1`;

/**
 * People who have signed in, made from one who has registered. In the database, for registering hashes a password: two
 * thousand would take longer than all that is measured.
 */
export async function makePeople(databaseUrl: string, count: number, registered: string): Promise<Person[]> {
  const people = Array.from({ length: count }, (_, number) => ({
    userId: uuidv7(),
    sessionId: uuidv7(),
    email: `person-${number}@bench.example`,
  }));
  const userIds = people.map(({ userId }) => userId);
  await execute(databaseUrl, COPY_USERS, [registered, userIds, people.map(({ email }) => email)]);
  await execute(databaseUrl, COPY_SESSIONS, [registered, people.map(({ sessionId }) => sessionId), userIds]);
  const authenticator = new Authenticator(
    new MikroORM({ ...ormOptions, clientUrl: databaseUrl }),
    [AUTH_SECRET],
    HOUR_SECONDS,
  );
  const tokens = people.map((person) => authenticator.issueAccessToken(person));
  return (await Promise.all(tokens)).map(({ token }, index) => ({ email: people[index]?.email ?? "", token }));
}
