import QRCode from "qrcode";
import type { TicketFacts } from "../domain/mail-facts.js";
import { html } from "./html.js";
import type { Paragraph, Picture } from "./letter.js";

/** Pixels; a phone's screen shows it a hand wide, and a poor scanner reads it. */
const SIDE = 280;

/** Each ticket's code as a picture for the gate's scanner and, should pictures not be shown, as text. */
export async function showTickets(
  tickets: readonly TicketFacts[],
): Promise<{ readonly paragraphs: Paragraph[]; readonly pictures: Picture[] }> {
  const pictures = await Promise.all(tickets.map(pictureOf));
  return { pictures, paragraphs: tickets.map((ticket, index) => describe(ticket, pictures[index]?.cid ?? "")) };
}

async function pictureOf({ id, code }: TicketFacts, index: number): Promise<Picture> {
  const png = await QRCode.toBuffer(code, { type: "png", width: SIDE, errorCorrectionLevel: "M" });
  return { cid: `${id}@gatehouse`, fileName: `ticket-${index + 1}.png`, png };
}

function describe({ typeName, holderName, code }: TicketFacts, cid: string): Paragraph {
  const title = holderName === null ? typeName : `${typeName}, for ${holderName}`;
  return {
    text: `${title}\nCode: ${code}`,
    html: html`<h3>${title}</h3>
<p><img src="cid:${cid}" width="${SIDE}" height="${SIDE}" alt="${code}"><br><code>${code}</code></p>`,
  };
}
