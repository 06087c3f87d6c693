import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { addMail } from "./mail.js";

/** A day's report is sent in the morning, when what the gates held back over night has been uploaded. */
const HOUR_OF_SENDING = 6;

/**
 * Orders the reports of the days that are over, by each venue's clock, for the owners who want them: each day's once, whoever
 * calls this and however often. Of days that were missed only the latest is sent. The number ordered.
 */
export function orderDailyReports(em: EntityManager): Promise<number> {
  return em.transactional(async (transaction) => {
    const { rows } = await sql<{ venueId: string; ownerId: string; date: string }>`/* report.due */
      update venues v set reported_until = d.date
      from (
        select id, (now() at time zone time_zone - make_interval(hours => ${HOUR_OF_SENDING}))::date - 1 as date
        from venues where daily_report_mail
      ) d
      where v.id = d.id and v.daily_report_mail and (v.reported_until is null or v.reported_until < d.date)
      returning v.id as "venueId", v.owner_id as "ownerId", d.date::text as date`.execute(transaction.getKysely());
    if (rows.length > 0) await addMail(transaction, rows.map(orderOf));
    return rows.length;
  });
}

const orderOf = ({ ownerId, ...report }: { venueId: string; ownerId: string; date: string }) => ({
  userId: ownerId,
  letter: { kind: "daily-report", ...report } as const,
});
