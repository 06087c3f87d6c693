import { createHash } from "node:crypto";
import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { Refusal } from "../errors.js";
import { type Call, call, run, type Statement } from "./flight.js";
import { requireText, type TextRule } from "./text.js";

/** A user's key of an operation. */
export interface ClaimedKey {
  readonly userId: string;
  readonly operation: "reserveTickets" | "payReservation";
  readonly key: string;
  /** All of the input but the key, always spelled alike. */
  readonly input: unknown;
}

const KEY: TextRule = { least: 1, most: 100 };

export const requireKey = (key: string): string => requireText(key, KEY, "idempotencyKey");

/**
 * Claims the key for the reservation and answers null; or the id of the reservation that an earlier call with the same input
 * came to. A call under way with the same key is waited for. Rolled back, the key is free again: what was refused may be
 * tried again. Throws KEY_REUSED.
 */
export async function claimKey(em: EntityManager, claim: ClaimedKey, reservationId: string): Promise<string | null> {
  const { statement, values } = claimCall(claim, reservationId);
  const rows = await run(em, statement, values);
  return rows.length > 0 ? null : findReplay(em, claim);
}

const CLAIM: Statement = {
  name: "idempotency-key.claim",
  text: `/* idempotency-key.claim */
    insert into idempotency_keys (user_id, operation, key, input_digest, reservation_id, created_at)
    values ($1, $2, $3, $4, $5, now()) on conflict do nothing returning key`,
};

/** Answers with a row if it was claimed, and with none if it was before. */
export const claimCall = (
  { userId, operation, key, input }: ClaimedKey,
  reservationId: string,
): Call<{ readonly key: string }> => call(CLAIM, [userId, operation, key, digestOf(input), reservationId]);

/** The id of the reservation that a call with this key and input came to; null when there was none. Throws KEY_REUSED. */
export async function findReplay(em: EntityManager, claim: ClaimedKey): Promise<string | null> {
  const { userId, operation, key, input } = claim;
  const { rows } = await sql<{ isSame: boolean; reservationId: string }>`/* idempotency-key.find */
    select input_digest = ${digestOf(input)} as "isSame", reservation_id as "reservationId" from idempotency_keys
    where user_id = ${userId} and operation = ${operation} and key = ${key}`.execute(em.getKysely());
  const [known] = rows;
  if (known === undefined) return null;
  if (known.isSame) return known.reservationId;
  throw new Refusal("KEY_REUSED", "This key was used before with a different input.", ["idempotencyKey"]);
}

const digestOf = (input: unknown): Buffer => createHash("sha256").update(JSON.stringify(input)).digest();
