import { createTransport, type NodemailerError } from "nodemailer";
import { compose, type Transport } from "./message.js";
import { UndeliverableError } from "./undeliverable.js";

const MOST_CONNECTIONS = 4;
const CONNECT_MILLISECONDS = 10_000;
const SILENCE_MILLISECONDS = 30_000;

/** Keeps a few connections for the next mail. Attempts are the jobs' to repeat, not the connections'. */
export function smtpTransport(url: string): Transport {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: MOST_CONNECTIONS,
    maxRequeues: 0,
    connectionTimeout: CONNECT_MILLISECONDS,
    greetingTimeout: CONNECT_MILLISECONDS,
    socketTimeout: SILENCE_MILLISECONDS,
  });
  return {
    send: async (message, stop) => {
      try {
        await transport.sendMail({ ...compose(message), signal: stop });
      } catch (error) {
        throw explain(error as NodemailerError);
      }
    },
    close: () => transport.close({ force: true }),
  };
}

/**
 * Without what the server said, which repeats addresses. A no to the recipient or to the content is for good; a no to the
 * sender or the password is the operator's to mend, and the mail waits for it.
 */
function explain({ code, command, responseCode, permanent }: NodemailerError): Error {
  const isOfThisMail = command === "RCPT TO" || command === "DATA";
  const isNoAddress = code === "EENVELOPE" && responseCode === undefined;
  const message = `the mail server has not taken the mail (${[code, command, responseCode].filter(Boolean).join(", ")})`;
  return (isOfThisMail && permanent === true) || isNoAddress ? new UndeliverableError(message) : new Error(message);
}
