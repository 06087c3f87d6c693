import type { SendMailOptions } from "nodemailer";
import type { Letter } from "./letter.js";

export interface Address {
  readonly name: string;
  readonly address: string;
}

export interface Message {
  /** The same whenever it is tried again. */
  readonly id: string;
  readonly from: Address;
  readonly to: Address;
  readonly letter: Letter;
}

/** How mail leaves the server. */
export interface Transport {
  /** Throws when it may work later, or when told to stop; UndeliverableError when it never will. */
  send(message: Message, stop: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * As nodemailer builds it. Addresses and names are given apart, so that none is taken for a list; its Message-ID is the same
 * at every attempt, so that mail systems can tell a mail that came twice.
 */
export function compose({ id, from, to, letter }: Message): SendMailOptions {
  const { calendar, pictures } = letter;
  return {
    from: { ...from },
    to: { ...to, name: oneLine(to.name) },
    subject: oneLine(letter.subject),
    messageId: `<${id}@${from.address.split("@").at(-1)}>`,
    // No answer of a machine, such as "I am on holiday", is wanted.
    headers: { "Auto-Submitted": "auto-generated" },
    text: letter.text,
    html: letter.html,
    attachments: [
      ...pictures.map(({ cid, fileName, png }) => ({
        cid,
        filename: fileName,
        content: png,
        contentType: "image/png",
        contentDisposition: "inline" as const,
      })),
      ...(calendar === null
        ? []
        : [
            {
              filename: "event.ics",
              content: calendar.content,
              contentType: `text/calendar; charset=utf-8; method=${calendar.method}`,
            },
          ]),
    ],
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Nothing in a header begins another. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, " ");
