import { fromBase32, toBase32 } from "./base32.js";

/** The kinds of objects, by the prefix of their ids. */
export const PREFIXES = ["evt", "tkt", "tty", "ven", "gat", "usr", "rsv", "scn", "dev", "ano", "aud"] as const;

export type Prefix = (typeof PREFIXES)[number];

/** An id that cannot be of what was asked for; the message says what would be. */
export class MalformedId extends Error {
  override readonly name = "MalformedId";
}

const EXAMPLE = "01h455vb4pex5vsknk084sn02q";

export const encodeId = (prefix: Prefix, uuid: string): string => `${prefix}_${toBase32(uuid)}`;

/** The UUID in an id of this kind. Throws MalformedId. */
export function decodeId(prefix: Prefix, id: string): string {
  const uuid = id.startsWith(`${prefix}_`) ? fromBase32(id.slice(prefix.length + 1)) : null;
  if (uuid !== null) return uuid;
  throw new MalformedId(`"${id.slice(0, 60)}" is not such an id: expected one like ${prefix}_${EXAMPLE}.`);
}

export const decodeOptionalId = (prefix: Prefix, id: string | null | undefined): string | null =>
  id == null ? null : decodeId(prefix, id);

/** The kind that an id says it is of. Throws MalformedId. */
export function kindOf(id: string): Prefix {
  const prefix = PREFIXES.find((known) => id.startsWith(`${known}_`));
  if (prefix === undefined) {
    throw new MalformedId(`"${id.slice(0, 60)}" is no id: expected one like evt_${EXAMPLE}.`);
  }
  return prefix;
}
