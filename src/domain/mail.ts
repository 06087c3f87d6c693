import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v5 as uuidv5, v7 as uuidv7 } from "uuid";
import { TicketStatus } from "../entities/ticket.js";

/**
 * What somebody is told. Only ids, and facts that will be gone: everything else is read when the mail is sent. The texts are
 * in `src/mail/letters`, a file each.
 */
export type Letter =
  | { readonly kind: "welcome" }
  /** Of a reservation that was paid. */
  | { readonly kind: "tickets"; readonly reservationId: string }
  | { readonly kind: "issued"; readonly ticketIds: readonly string[] }
  | { readonly kind: "event-changed"; readonly eventId: string; readonly before: EventBefore }
  | { readonly kind: "event-cancelled"; readonly eventId: string }
  | { readonly kind: "tickets-cancelled"; readonly ticketIds: readonly string[] }
  /** To who has it now. */
  | { readonly kind: "ticket-received"; readonly ticketId: string; readonly giverId: string | null }
  /** To who had it before. */
  | { readonly kind: "ticket-given"; readonly ticketId: string; readonly receiverId: string }
  /** Of a venue's day, as YYYY-MM-DD. */
  | { readonly kind: "daily-report"; readonly venueId: string; readonly date: string };

export type LetterKind = Letter["kind"];
export type LetterOf<Kind extends LetterKind> = Extract<Letter, { kind: Kind }>;

/** What has changed of an event's time and place, as it was before; times as ISO texts. */
export interface EventBefore {
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly doorsOpenAt?: string;
  readonly venueName?: string;
  readonly address?: string;
  readonly location?: { readonly latitude: number; readonly longitude: number } | null;
}

/** One mail. Its id is the same whenever it is tried again, and makes the name by which mail systems know it. */
export interface MailOrder {
  readonly id: string;
  readonly userId: string;
  readonly letter: Letter;
}

/** The same letter to many. */
export interface MailingOrder {
  readonly id: string;
  readonly userIds: readonly string[];
  readonly letter: Letter;
}

/** Holders whose mails one job writes. */
const MAILING_SIZE = 500;

/** Behind what one person waits for come the mails to all of an event's holders. */
const PRIORITY = { one: 0, many: 10 };

/** Mail of this transaction: sent once it has committed, never when it has not. */
export async function addMail(em: EntityManager, orders: readonly Omit<MailOrder, "id">[]): Promise<void> {
  await insertJobs(
    em,
    orders.map((order) => ({ id: uuidv7(), ...order })),
    PRIORITY.one,
  );
}

/**
 * The same, to everybody who holds a paid ticket of one of the events at this moment: one mail for each event, however many
 * tickets. Only a job per 500 holders is written here, which makes the mails: an event may have tens of thousands.
 */
export async function addMailToHolders(
  em: EntityManager,
  eventIds: readonly string[],
  letterOf: (eventId: string) => Letter,
): Promise<void> {
  const letters = Object.fromEntries(eventIds.map((eventId) => [eventId, letterOf(eventId)]));
  await sql`/* mail.to-holders */
    select graphile_worker.add_job('send-mailing', json_build_object(
        'id', gen_random_uuid(), 'userIds', user_ids, 'letter', ${JSON.stringify(letters)}::json -> event_id::text),
      priority := ${PRIORITY.many}::int)
    from (
      select event_id, json_agg(holder_id) as user_ids from (
        select event_id, holder_id,
          (row_number() over (partition by event_id order by holder_id) - 1) / ${MAILING_SIZE}::int as batch
        from (
          select distinct event_id, holder_id from tickets
          where event_id = any(${[...eventIds]}::uuid[]) and status = ${TicketStatus.PAID} and holder_id is not null
        ) holders
      ) numbered group by event_id, batch
    ) batches`.execute(em.getKysely());
}

/** Makes the mails of a mailing. Again after a crash: the same mails, and none twice that has not been sent yet. */
export async function writeMailing(em: EntityManager, { id, userIds, letter }: MailingOrder): Promise<void> {
  const orders = userIds.map((userId) => ({ id: uuidv5(userId, id), userId, letter }));
  await insertJobs(em, orders, PRIORITY.many);
}

async function insertJobs(em: EntityManager, orders: readonly MailOrder[], priority: number): Promise<void> {
  await sql`/* mail.add */
    select graphile_worker.add_job('send-mail', mail, job_key := mail ->> 'id', priority := ${priority}::int)
    from json_array_elements(${JSON.stringify(orders)}::json) mail`.execute(em.getKysely());
}
