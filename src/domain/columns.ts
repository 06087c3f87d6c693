import { PresenceEntity } from "../entities/presence.js";
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

/** The object with its keys as column names, for `json_populate_recordset`. */
export const toRow = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([name, field]) => [snake(name), field]));
