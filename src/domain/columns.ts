import type { EntityManager } from "@mikro-orm/postgresql";
import { PresenceEntity } from "../entities/presence.js";
import type { Row } from "../entities/row.js";
import { ScanEntity } from "../entities/scan.js";

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Every column under its property's name, for hand-written SQL that returns what the ORM would. */
const selectList = (properties: readonly string[], alias: string): string =>
  properties.map((name) => `${alias}.${snake(name)} as "${name}"`).join(", ");

const properties = (entity: { meta: { properties: object } }): string[] => Object.keys(entity.meta.properties);

export const SCAN_COLUMNS = selectList(properties(ScanEntity), "s");
export const PRESENCE_COLUMNS = selectList(
  properties(PresenceEntity).filter((name) => name !== "ticketId"),
  "p",
);

/** The object with its keys as column names, for `json_populate_record`. */
export const toRow = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([property, field]) => [snake(property), toJson(field)]));

const toJson = (field: unknown): unknown => (Buffer.isBuffer(field) ? `\\x${field.toString("hex")}` : field);

type Field = string | number | boolean | Date | null | undefined;

/**
 * Writes objects of an entity as an array of its table's row type, for `unnest($1::scans[])`: the entity has its columns in
 * the table's order. Against JSON it spares PostgreSQL a fifth of the time of writing 500 scans, and a lone scan 0.2 ms.
 */
export function recordWriter<Entity extends { meta: { properties: object } }>(
  entity: Entity,
): (values: readonly { readonly [property: string]: Field }[]) => string {
  const names = properties(entity);
  return (values) =>
    `{${values.map((value) => `"(${names.map((name) => writeField(value[name])).join(",")})"`).join(",")}}`;
}

/** What is neither quoted in a record nor in an array. */
const PLAIN = /^[\w.:+-]+$/;

function writeField(field: Field): string {
  if (field === null || field === undefined) return "";
  if (field instanceof Date) return field.toISOString();
  const text = String(field);
  return PLAIN.test(text) ? text : escapeQuotes(`"${escapeQuotes(text)}"`);
}

const escapeQuotes = (text: string): string => text.replace(/["\\]/g, "\\$&");

/** An entity, as far as hand-written SQL needs to know it. */
export interface Schema {
  readonly name: string;
  readonly meta: { readonly tableName: string };
}

export interface Column {
  readonly property: string;
  /** Its name in the database. */
  readonly name: string;
  readonly type: string;
}

export const columnsOf = (em: EntityManager, entity: Schema): Column[] =>
  em
    .getMetadata()
    .getByClassName(entity.name)
    .props.map(({ name, fieldNames: [column = name], columnTypes: [type = "text"] }) => ({
      property: name,
      name: column,
      type,
    }));

/** What the ORM would have made of rows that hand-written SQL read with all their columns. Other columns are left out. */
export function toEntities<Entity extends Schema>(
  em: EntityManager,
  entity: Entity,
  rows: readonly object[],
): Row<Entity>[] {
  const columns = columnsOf(em, entity);
  return rows.map((row) => {
    const values = new Map(Object.entries(row));
    return Object.fromEntries(
      columns.map(({ property, name, type }) => [property, fromColumn(type, values.get(name) ?? null)]),
    ) as Row<Entity>;
  });
}

/** The ORM's connections leave timestamps and 8-byte integers as text. */
function fromColumn(type: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (type.startsWith("timestamptz")) return new Date(value);
  return type === "bigint" ? Number(value) : value;
}
