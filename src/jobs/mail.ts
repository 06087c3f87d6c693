import type { EntityManager } from "@mikro-orm/postgresql";
import type { Task } from "graphile-worker";
import type { Logger } from "pino";
import type { AnomalyRules } from "../domain/anomaly-sources.js";
import { type LetterKind, type MailingOrder, type MailOrder, writeMailing } from "../domain/mail.js";
import { readRecipient } from "../domain/mail-facts.js";
import { OptionalMail } from "../entities/user.js";
import type { Mailer } from "../mail/mailer.js";
import { UndeliverableError } from "../mail/undeliverable.js";
import { writeLetter } from "./letters.js";

export interface MailScope {
  /** A unit of work for one job. */
  readonly fork: () => EntityManager;
  readonly mailer: Mailer;
  readonly anomalyRules: AnomalyRules;
  readonly logger: Pick<Logger, "warn" | "debug">;
}

/** What a user can turn off; everything else is necessary. */
const OPTIONAL: { readonly [Kind in LetterKind]?: OptionalMail } = {
  welcome: OptionalMail.WELCOME,
  "event-changed": OptionalMail.EVENT_CHANGED,
  "ticket-given": OptionalMail.TICKET_GIVEN,
};

export const makeMailTasks = (scope: MailScope): Record<string, Task> => ({
  "send-mail": (payload, { abortSignal }) => sendMail(scope, payload as MailOrder, abortSignal),
  "send-mailing": (payload) => scope.fork().transactional((em) => writeMailing(em, payload as MailingOrder)),
});

/**
 * Sends what is still true when its turn comes, to who still wants it. A crash after the mail server has taken the mail and
 * before the job is marked as done sends it twice, both times with one Message-ID: no order of the two steps avoids that.
 */
async function sendMail(
  { fork, mailer, logger, anomalyRules }: MailScope,
  { id, userId, letter }: MailOrder,
  stop: AbortSignal,
): Promise<void> {
  const em = fork();
  const recipient = await readRecipient(em, userId);
  const optional = OPTIONAL[letter.kind];
  if (recipient === null || (optional !== undefined && recipient.mailOptOut.includes(optional))) return;
  const written = await writeLetter({ em, recipient, organizer: mailer.from, anomalyRules }, letter);
  if (written === null) return;
  const { name, email } = recipient;
  try {
    await mailer.send({ id, from: mailer.from, to: { name, address: email }, letter: written }, stop);
    logger.debug({ mail: id, kind: letter.kind }, "Sent a mail");
  } catch (error) {
    if (!(error instanceof UndeliverableError)) throw error;
    logger.warn({ mail: id, kind: letter.kind, reason: error.message }, "Gave up a mail that is refused for good");
  }
}
