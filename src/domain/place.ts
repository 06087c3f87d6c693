import { badInput, invalid } from "../errors.js";

/** Degrees, WGS 84. */
export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

const MOST_PEOPLE = 2_147_483_647;
const MOST_THRESHOLDS = 20;

/** Throws INVALID for anything but a whole number that the database's integers hold, from 1 on. */
export function requireCapacity(capacity: number): number {
  if (Number.isInteger(capacity) && capacity >= 1 && capacity <= MOST_PEOPLE) return capacity;
  throw invalid(`\`capacity\` must be a whole number from 1 to ${MOST_PEOPLE}.`, "capacity");
}

export function requireLocation(location: Location | null): { latitude: number | null; longitude: number | null } {
  if (location === null) return { latitude: null, longitude: null };
  checkDegrees("latitude", location.latitude, 90);
  checkDegrees("longitude", location.longitude, 180);
  return { latitude: location.latitude, longitude: location.longitude };
}

function checkDegrees(name: string, degrees: number, most: number): void {
  if (Math.abs(degrees) <= most) return;
  throw invalid(`\`location.${name}\` must be from -${most} to ${most} degrees.`, "location", name);
}

/** The zone's name, in its usual spelling where Intl tells it. Offsets such as +01:00 are not names. */
export function requireTimeZone(value: string): string {
  const name = value.trim();
  const resolved = /^[A-Za-z]/.test(name) ? resolveTimeZone(name) : null;
  if (resolved === null) {
    throw invalid("`timeZone` must be an IANA time zone, such as Europe/London.", "timeZone");
  }
  return resolved.toLowerCase() === name.toLowerCase() ? resolved : name;
}

function resolveTimeZone(name: string): string | null {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** Ascending, each once. None: no alerts. */
export function requireThresholds(percents: readonly number[]): number[] {
  if (percents.length > MOST_THRESHOLDS) {
    throw badInput(`\`alertThresholdPercents\` has ${percents.length} items; at most ${MOST_THRESHOLDS} are allowed.`);
  }
  const wrong = percents.findIndex((percent) => !(Number.isInteger(percent) && percent >= 1 && percent <= 100));
  if (wrong >= 0) {
    throw invalid("A threshold must be from 1 to 100 percent.", "alertThresholdPercents", String(wrong));
  }
  return [...new Set(percents)].sort((a, b) => a - b);
}
