import type { EntityManager } from "@mikro-orm/postgresql";
import { Refusal, unauthenticated } from "../errors.js";
import { type Call, call, run, type Statement } from "./flight.js";

/** Who wants so many tickets more of an event. */
export interface Purchase {
  readonly userId: string;
  readonly eventId: string;
  readonly count: number;
}

/** Of the event, paid or held. */
interface Holding {
  readonly held: number;
}

/**
 * One user's orders for an event are taken one after the other, for no constraint can count rows. Erasing changes a key, the
 * address, so it waits for this lock. A statement of its own: the next one sees what whoever was waited for has committed.
 */
const QUEUE: Statement = {
  name: "reservation.queue",
  text: `/* reservation.queue */
    select pg_advisory_xact_lock(hashtextextended($1, 0)) from users
    where id = $2 and password_hash is not null for key share`,
};

const LIMIT: Statement = {
  name: "reservation.limit",
  text: `/* reservation.limit */
    select count(*)::int as held from tickets
    where holder_id = $1 and event_id = $2 and (status = 'PAID'
      or (status = 'RESERVED' and held_until > clock_timestamp()))`,
};

export const LIMIT_STATEMENTS: readonly Statement[] = [QUEUE, LIMIT];

/** Puts the user in line, then counts what they hold. What they answer with is for `checkLimit`. */
export const limitCalls = ({ userId, eventId }: Purchase): [Call, Call<Holding>] => [
  call(QUEUE, [`${userId} ${eventId}`, userId]),
  call(LIMIT, [userId, eventId]),
];

/** Throws LIMIT_EXCEEDED when the user would hold more than one may, and UNAUTHENTICATED for one who was erased meanwhile. */
export function checkLimit(
  { count }: Purchase,
  buyers: readonly object[],
  holdings: readonly Holding[],
  ticketsPerUser: number,
): void {
  if (buyers.length === 0) throw unauthenticated();
  if ((holdings[0]?.held ?? 0) + count <= ticketsPerUser) return;
  throw new Refusal("LIMIT_EXCEEDED", `One may hold at most ${ticketsPerUser} tickets of an event.`, ["items"]);
}

/** All of it in the ORM's transaction. */
export async function requireWithinLimit(em: EntityManager, purchase: Purchase, ticketsPerUser: number): Promise<void> {
  const [queue, limit] = limitCalls(purchase);
  const buyers = await run(em, queue.statement, queue.values);
  const holdings = await run<Holding>(em, limit.statement, limit.values);
  checkLimit(purchase, buyers, holdings, ticketsPerUser);
}
