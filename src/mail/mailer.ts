import type { Logger } from "pino";
import { fileTransport } from "./files.js";
import type { Address, Transport } from "./message.js";
import { smtpTransport } from "./smtp.js";

export interface Mailer extends Transport {
  readonly from: Address;
}

export interface MailerOptions {
  /** Null: into files. */
  readonly smtpUrl: string | null;
  readonly mailFrom: Address;
  readonly dataDir: string;
  readonly logger: Pick<Logger, "info">;
}

export function createMailer({ smtpUrl, mailFrom, dataDir, logger }: MailerOptions): Mailer {
  const transport = smtpUrl === null ? fileTransport(dataDir, logger) : smtpTransport(smtpUrl);
  return { from: mailFrom, ...transport };
}
