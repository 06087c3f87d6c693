import { type Html, html } from "./html.js";

/** What a letter says, in both forms, and what comes with it. */
export interface Letter {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly pictures: readonly Picture[];
  /** An iCalendar file that adds, changes or removes the event. */
  readonly calendar: Calendar | null;
}

/** Shown within the HTML by `cid:`, never loaded from elsewhere. */
export interface Picture {
  readonly cid: string;
  readonly fileName: string;
  readonly png: Buffer;
}

export interface Calendar {
  readonly method: "PUBLISH" | "CANCEL";
  readonly content: string;
}

/** One paragraph, in both forms. */
export interface Paragraph {
  readonly text: string;
  readonly html: Html;
}

/** A paragraph of text alone. */
export const say = (text: string): Paragraph => ({ text, html: html`<p>${text}</p>` });

/** Names and values, a line each; those without a value are left out. */
export function list(lines: readonly (readonly [name: string, value: string | null])[]): Paragraph {
  const told = lines.filter((line): line is readonly [string, string] => line[1] !== null && line[1] !== "");
  return {
    text: told.map(([name, value]) => `${name}: ${value.replace(/\s*[\r\n]+\s*/g, ", ")}`).join("\n"),
    html: html`<table cellpadding="4">${told.map(
      ([name, value]) =>
        html`<tr><th align="left" valign="top">${name}</th><td style="white-space: pre-line">${value}</td></tr>`,
    )}</table>`,
  };
}

/** The whole letter of its paragraphs. */
export function write(
  subject: string,
  greeted: string,
  paragraphs: readonly Paragraph[],
  more: Partial<Pick<Letter, "pictures" | "calendar">> = {},
): Letter {
  const all = [say(`Hello ${greeted},`), ...paragraphs];
  const body = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${subject}</title></head>
<body style="font-family: sans-serif; line-height: 1.4">${all.map((paragraph) => paragraph.html)}</body></html>
`;
  return {
    subject,
    text: `${all.map(({ text }) => text).join("\n\n")}\n`,
    html: body.toString(),
    pictures: more.pictures ?? [],
    calendar: more.calendar ?? null,
  };
}
