import { type RawBuilder, sql } from "kysely";
import { badInput } from "../errors.js";

/** A column that a list is ordered by, with its type in the database. */
export interface OrderColumn {
  readonly column: string;
  readonly direction: "asc" | "desc";
  readonly type: string;
}

/** How a column's values travel in a cursor: as text without loss, told from nonsense before it reaches the database. */
interface Codec {
  readonly toText: (column: RawBuilder<unknown>) => RawBuilder<unknown>;
  readonly cast: RawBuilder<unknown>;
  readonly isValid: (text: string) => boolean;
}

const MOST_CHARACTERS = 4_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d\.\d{6}Z$/;

const CODECS: Readonly<Record<string, Codec>> = {
  timestamptz: {
    toText: (column) => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    cast: sql`timestamptz`,
    isValid: isTimestamp,
  },
  uuid: { toText: (column) => sql`${column}::text`, cast: sql`uuid`, isValid: (text) => UUID.test(text) },
  int: {
    toText: (column) => sql`${column}::text`,
    cast: sql`int`,
    isValid: (text) => /^-?\d{1,10}$/.test(text) && Number(text) === (Number(text) | 0),
  },
  "double precision": {
    toText: (column) => sql`${column}::text`,
    cast: sql`double precision`,
    isValid: (text) => /^-?\d{1,20}(\.\d{1,20})?(e-?\d{1,3})?$/.test(text) && Number.isFinite(Number(text)),
  },
  text: {
    toText: (column) => sql`${column}`,
    cast: sql`text`,
    isValid: (text) => text.isWellFormed() && !text.includes("\0"),
  },
};

function codecOf(order: OrderColumn): Codec {
  const codec = CODECS[order.type.replace(/\(\d+\)$/, "")];
  if (codec === undefined) throw new Error(`no list can be ordered by ${order.column}, of type ${order.type}`);
  return codec;
}

/** 30 February passes the pattern, and Date.parse takes it for 2 March. */
function isTimestamp(text: string): boolean {
  const day = TIMESTAMP.exec(text)?.[1];
  const time = Date.parse(text);
  return day !== undefined && !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** The value of the column `t`, for a cursor. */
export const orderText = (order: OrderColumn): RawBuilder<unknown> =>
  codecOf(order).toText(sql`t.${sql.ref(order.column)}`);

/** A cursor's value, for comparing. */
export const orderValue = (order: OrderColumn, value: string): RawBuilder<unknown> =>
  sql`${value}::${codecOf(order).cast}`;

/** `values` is a JSON array of texts. */
export const encodeCursor = (values: string): string => Buffer.from(values).toString("base64url");

/** Throws BAD_USER_INPUT for what no list in this order has given out. */
export function decodeCursor(cursor: string, order: readonly OrderColumn[]): string[] {
  const values = parse(cursor);
  const isWhole = values?.length === order.length && order.every((column, index) => fits(column, values[index]));
  if (values === null || !isWhole) throw badInput("The cursor is malformed: use one that this list has given out.");
  return values;
}

const fits = (column: OrderColumn, value: unknown): boolean =>
  typeof value === "string" && codecOf(column).isValid(value);

function parse(cursor: string): string[] | null {
  if (cursor.length > MOST_CHARACTERS) return null;
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(values) ? values : null;
  } catch {
    return null;
  }
}
