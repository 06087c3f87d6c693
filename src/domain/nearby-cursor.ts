import { type RawBuilder, sql } from "kysely";
import { badInput } from "../errors.js";
import { decodeCursor, type OrderColumn, orderText, orderValue } from "./cursor.js";
import type { Location } from "./place.js";

/** The event that a page ended with, its values as SQL. */
export interface Reached {
  readonly chord: RawBuilder<number>;
  readonly startsAt: RawBuilder<Date>;
  readonly id: RawBuilder<string>;
}

const order = (column: string, type: string): OrderColumn => ({ column, direction: "asc", type });

const LATITUDE = order("latitude", "double precision");
const LONGITUDE = order("longitude", "double precision");
const CHORD = order("chord", "double precision");
const STARTS_AT = order("starts_at", "timestamptz");
const ID = order("id", "uuid");

/** A chord means nothing without the place that it begins at, so that a cursor holds both. */
const VALUES = [LATITUDE, LONGITUDE, CHORD, STARTS_AT, ID];

/** SQL: the cursor of the event `t` in the list around this place, before it is encoded. */
export const nearbyCursor = ({ latitude, longitude }: Location, chord: RawBuilder<unknown>): RawBuilder<string> =>
  sql`json_build_array(${String(latitude)}::text, ${String(longitude)}::text, ${chord}::text, ${orderText(STARTS_AT)},
    ${orderText(ID)})::text`;

/** Throws BAD_USER_INPUT for a cursor that no list around this place has given out. */
export function readNearbyCursor(cursor: string, near: Location): Reached {
  const [latitude, longitude, chord = "", startsAt = "", id = ""] = decodeCursor(cursor, VALUES);
  if (Number(latitude) !== near.latitude || Number(longitude) !== near.longitude) {
    throw badInput("The cursor is of a list around another place: use one that was given out for this `near`.");
  }
  return {
    chord: orderValue(CHORD, chord) as RawBuilder<number>,
    startsAt: orderValue(STARTS_AT, startsAt) as RawBuilder<Date>,
    id: orderValue(ID, id) as RawBuilder<string>,
  };
}

/** SQL: whether the event `t`, at this chord, comes after the one reached. */
export const isBeyond = (chord: RawBuilder<unknown>, reached: Reached): RawBuilder<boolean> =>
  sql`(${chord} > ${reached.chord}
    or (${chord} = ${reached.chord} and (t.starts_at, t.id) > (${reached.startsAt}, ${reached.id})))`;
