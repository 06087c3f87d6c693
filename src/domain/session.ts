import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { type User, UserEntity } from "../entities/user.js";
import { Refusal } from "../errors.js";
import { toEntities } from "./columns.js";
import { digestOf, makeToken, REFRESH_TOKEN_PREFIX } from "./token.js";

/** What a sign-in comes to. The access token is made of the user and the session. */
export interface SignIn {
  readonly user: User;
  readonly sessionId: string;
  readonly refreshToken: string;
}

export type TradeIn =
  | { readonly kind: "traded"; readonly signIn: SignIn }
  /** The session has been ended. */
  | { readonly kind: "reused"; readonly sessionId: string }
  | { readonly kind: "refused" };

/**
 * A new session and its first refresh token, within the caller's transaction. Throws BAD_CREDENTIALS for a user who is erased:
 * the lock waits for an erasure under way, and keeps the next one waiting for this session, to end it.
 */
export async function openSession(em: EntityManager, user: User, refreshTokenSeconds: number): Promise<SignIn> {
  const sessionId = uuidv7();
  const { rows } = await sql`/* session.open */
    insert into sessions (id, user_id, created_at)
    select ${sessionId}, id, ${new Date()} from users where id = ${user.id} and password_hash is not null for share
    returning id`.execute(em.getKysely());
  if (rows.length === 0) throw new Refusal("BAD_CREDENTIALS", "The account is deleted.");
  return { user, sessionId, refreshToken: await addRefreshToken(em, sessionId, refreshTokenSeconds) };
}

/** Nothing happens to a session that has ended before. */
export async function endSession(em: EntityManager, sessionId: string): Promise<void> {
  await sql`/* session.end */
    update sessions set ended_at = ${new Date()} where id = ${sessionId} and ended_at is null`.execute(em.getKysely());
}

/** Answers the ids of those that had not ended before. */
export async function endSessionsOf(em: EntityManager, userId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`/* session.end-all */
    update sessions set ended_at = ${new Date()} where user_id = ${userId} and ended_at is null
    returning id`.execute(em.getKysely());
  return rows.map(({ id }) => id);
}

/** Marking the token as used decides who was first: of two at once, the other finds it used. */
export async function tradeIn(em: EntityManager, refreshToken: string, refreshTokenSeconds: number): Promise<TradeIn> {
  const digest = digestOf(refreshToken);
  const now = new Date();
  const { rows } = await sql<{ sessionId: string; isExpired: boolean }>`/* session.trade-in */
    update refresh_tokens set used_at = ${now} where digest = ${digest} and used_at is null
    returning session_id as "sessionId", expires_at <= ${now} as "isExpired"`.execute(em.getKysely());
  const [token] = rows;
  if (token === undefined) return endReused(em, digest);
  const user = token.isExpired ? null : await findUser(em, token.sessionId);
  if (user === null) return { kind: "refused" };
  const next = await addRefreshToken(em, token.sessionId, refreshTokenSeconds);
  return { kind: "traded", signIn: { user, sessionId: token.sessionId, refreshToken: next } };
}

async function endReused(em: EntityManager, digest: Buffer): Promise<TradeIn> {
  const { rows } = await sql<{ sessionId: string }>`/* session.of-used-token */
    select session_id as "sessionId" from refresh_tokens where digest = ${digest}`.execute(em.getKysely());
  const [token] = rows;
  if (token === undefined) return { kind: "refused" };
  await endSession(em, token.sessionId);
  return { kind: "reused", sessionId: token.sessionId };
}

async function findUser(em: EntityManager, sessionId: string): Promise<User | null> {
  const { rows } = await sql<object>`/* session.user */
    select u.* from sessions s join users u on u.id = s.user_id
    where s.id = ${sessionId} and s.ended_at is null`.execute(em.getKysely());
  return toEntities(em, UserEntity, rows)[0] ?? null;
}

async function addRefreshToken(em: EntityManager, sessionId: string, seconds: number): Promise<string> {
  const token = makeToken(REFRESH_TOKEN_PREFIX);
  const now = new Date();
  await sql`/* session.refresh-token */
    insert into refresh_tokens (digest, session_id, created_at, expires_at)
    values (${digestOf(token)}, ${sessionId}, ${now}, ${new Date(now.getTime() + seconds * 1000)})`.execute(
    em.getKysely(),
  );
  return token;
}
