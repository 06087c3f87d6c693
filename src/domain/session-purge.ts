import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { unhurried } from "./transaction.js";

/** Until then it can be told when a session ended and how. An access token lives a day at most, and so is long dead. */
const KEPT_DAYS = 30;

/**
 * Forgets refresh tokens that ran out long ago, and sessions that ended then or that no token can go on with. A used token
 * that comes again after that is refused like one that never was. Answers the number of the sessions.
 */
export async function purgeSessions(em: EntityManager): Promise<number> {
  const longAgo = sql`now() - make_interval(days => ${KEPT_DAYS})`;
  return em.transactional(async (inner) => {
    await unhurried(inner);
    await sql`/* session.purge-tokens */
      delete from refresh_tokens where expires_at < ${longAgo}`.execute(inner.getKysely());
    // A session has a token from its first moment, and the last of them runs out last: without any, it has been over for long.
    const { numAffectedRows } = await sql`/* session.purge */
      delete from sessions s where s.ended_at < ${longAgo}
        or not exists (select from refresh_tokens r where r.session_id = s.id)`.execute(inner.getKysely());
    return Number(numAffectedRows ?? 0);
  });
}
