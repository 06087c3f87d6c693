import type { AddressInfo } from "node:net";
import ical from "ical.js";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { expect } from "vitest";
import { readQrCode } from "./qr-code.js";
import type { TestGatehouse } from "./server.js";

/** A mail as the server got it. */
export interface Received {
  /** Of the envelope: who really gets it. */
  readonly recipients: readonly string[];
  readonly mail: Email;
}

/** What the mail server says to a recipient or to a mail's content: a code such as 451, or null to take it. */
export type Answer = (address: string) => number | null;

/** A mail server on this machine, which keeps what it is sent, and can be away for a while. */
export class MailServer implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Every mail whose content came, taken or not. */
  readonly attempts: Received[] = [];
  toRecipient: Answer = () => null;
  toContent: Answer = () => null;
  private server: SMTPServer | null = null;
  private port = 0;

  static async start(): Promise<MailServer> {
    const server = new MailServer();
    await server.open();
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** On the same port as before. */
  async open(): Promise<void> {
    const server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      closeTimeout: 100,
      onRcptTo: ({ address }, _session, done) => done(refusal(this.toRecipient(address), address)),
      onData: (stream, session, done) => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        this.take(stream, recipients).then(done, done);
      },
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Those sent to the address so far, in order. */
  inbox(address: string): Email[] {
    return this.received.filter(({ recipients }) => recipients.includes(address)).map(({ mail }) => mail);
  }

  /** The only mail to the address whose subject is this, once it has come. */
  async mailTo(address: string, subject: string): Promise<Email> {
    const found = () => this.inbox(address).filter((mail) => mail.subject === subject);
    await expect.poll(() => found().length, { timeout: 10_000, interval: 20, message: subject }).toBe(1);
    return found()[0] as Email;
  }

  private async take(stream: AsyncIterable<Uint8Array>, recipients: readonly string[]): Promise<Error | null> {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const received = { recipients, mail: await PostalMime.parse(Buffer.concat(chunks)) };
    this.attempts.push(received);
    const refused = refusal(this.toContent(recipients[0] ?? ""), recipients.join());
    if (refused === null) this.received.push(received);
    return refused;
  }
}

/** Servers like to repeat the address in what they say. */
const refusal = (code: number | null, address: string): Error | null =>
  code === null ? null : Object.assign(new Error(`<${address}>: no`), { responseCode: code });

/** Waits until no mail is left to be sent. */
export const allSent = ({ sql }: TestGatehouse): Promise<void> =>
  expect
    .poll(() => sql("select 1 from graphile_worker.jobs where task_identifier in ('send-mail', 'send-mailing')"), {
      timeout: 20_000,
      interval: 30,
    })
    .toEqual([]);

/** What a scanner reads in the mail's pictures, which its HTML shows, in order. */
export const codesIn = ({ attachments, html }: Email): string[] =>
  attachments
    .filter(({ mimeType }) => mimeType === "image/png")
    .map(({ content, contentId }) => {
      expect(html).toContain(`src="cid:${contentId?.replace(/[<>]/g, "")}"`);
      return readQrCode(Buffer.from(content as ArrayBuffer));
    });

/** The calendar entry in the mail; null when there is none. */
export function entryIn({ attachments }: Email) {
  const found = attachments.find(({ mimeType }) => mimeType === "text/calendar");
  if (found === undefined) return null;
  const calendar = new ical.Component(ical.parse(Buffer.from(found.content as ArrayBuffer).toString()));
  const events = calendar.getAllSubcomponents("vevent");
  expect(events).toHaveLength(1);
  const entry = new ical.Event(events[0]);
  return {
    method: calendar.getFirstPropertyValue("method"),
    status: events[0]?.getFirstPropertyValue("status"),
    uid: entry.uid,
    sequence: entry.sequence,
    start: entry.startDate.toJSDate().toISOString(),
    end: entry.endDate.toJSDate().toISOString(),
    summary: entry.summary,
    location: entry.location,
  };
}
