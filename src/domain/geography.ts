import { type RawBuilder, sql } from "kysely";
import { badInput } from "../errors.js";
import type { Location } from "./place.js";

/**
 * Places are points of the unit sphere (`globe_point` of the database), found by the straight line between them, the chord.
 * Their latitudes are reduced ones, tan β = b/a tan φ. With these a piece of a line on the WGS 84 ellipsoid is between b =
 * 6,356.75 and a = 6,378.14 times as long as on the sphere, whatever its direction. So is the shortest line between two
 * places, and so with the mean of both the distance is right to (a - b) / 2b = 0.17 %, at the poles and antipodes too, and
 * grows with the chord alone: the index's order is that of the distances told.
 */
const EARTH_RADIUS_KM = (6_378.137 + 6_356.752_314_245) / 2;

/** Half the equator, from where nothing is farther. */
const MOST_KM = 20_038;

/** A chord from a rounded radius must miss nobody who is just inside; the distance itself decides. */
const SLACK = 1e-9;

/** Throws BAD_USER_INPUT for degrees beyond the globe; `name` is the argument's. */
export function checkPlace(place: Location, name: string): void {
  checkDegrees(`${name}.latitude`, place.latitude, 90);
  checkDegrees(`${name}.longitude`, place.longitude, 180);
}

function checkDegrees(name: string, degrees: number, most: number): void {
  if (Math.abs(degrees) <= most) return;
  throw badInput(`\`${name}\` must be from -${most} to ${most} degrees; it is ${degrees}.`);
}

/** Throws BAD_USER_INPUT for anything but kilometres above 0 and up to half around the globe. */
export function checkRadius(radiusKm: number, name: string): void {
  if (radiusKm > 0 && radiusKm <= MOST_KM) return;
  throw badInput(`\`${name}\` must be more than 0 and at most ${MOST_KM} kilometres; it is ${radiusKm}.`);
}

/** SQL: the point at this place. */
export const pointAt = ({ latitude, longitude }: Location): RawBuilder<unknown> =>
  sql`globe_point(${latitude}::double precision, ${longitude}::double precision)`;

/** SQL: the point of the venue `v`, as the index `venues_place` has it. Null for one without a place. */
const VENUE_POINT = sql`globe_point(v.latitude, v.longitude)`;

/** SQL: the chord to the venue `v`, from 0 to 2. To sort by it alone is to walk the index `venues_place`. */
export const chordFrom = (place: Location): RawBuilder<number> => sql`(${VENUE_POINT} <-> ${pointAt(place)})`;

/** SQL: the distance along the surface. */
export const kilometres = (chord: RawBuilder<unknown>): RawBuilder<number> =>
  sql`(${2 * EARTH_RADIUS_KM}::double precision * asin(least(1, ${chord} / 2)))`;

/**
 * SQL: whether the venue `v` has a place not farther than this. The box lets the index stop; the distance decides. (That a
 * point overlaps a box is to be within it; but of `<@` the planner expects a fifth as many rows as of `&&`, and would rather
 * read them all and sort them.)
 */
export function isWithin(place: Location, radiusKm: number): RawBuilder<boolean> {
  const chord = 2 * Math.sin(Math.min(radiusKm / EARTH_RADIUS_KM, Math.PI) / 2) + SLACK;
  return sql`(v.latitude is not null
    and ${VENUE_POINT} && cube_enlarge(${pointAt(place)}, ${chord}::double precision, 3)
    and ${kilometres(chordFrom(place))} <= ${radiusKm}::double precision)`;
}
