import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTransport } from "nodemailer";
import type { Logger } from "pino";
import { compose, type Message, type Transport } from "./message.js";

/**
 * Each mail as a file under DATA_DIR/mail that any mail program opens, named by the mail's id: tried again, it takes its own
 * place. They hold addresses and codes, so that only the server's user may read them.
 */
export function fileTransport(dataDir: string, logger: Pick<Logger, "info">): Transport {
  const builder = createTransport({ streamTransport: true, buffer: true, newline: "windows" });
  const folder = join(dataDir, "mail");
  return {
    send: async (message: Message) => {
      const { message: content } = await builder.sendMail(compose(message));
      // PostgreSQL, should it come to stand beside the letters, passes through as a user of its own.
      await mkdir(dirname(folder), { recursive: true, mode: 0o711 });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, `${message.id}.eml`);
      await writeFile(`${file}.part`, content as Buffer, { mode: 0o600 });
      await rename(`${file}.part`, file);
      logger.info({ file }, "Wrote a mail into a file; set SMTP_URL to send mail");
    },
    close: () => builder.close(),
  };
}
