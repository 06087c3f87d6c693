import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Gate, GateEntity } from "../entities/gate.js";
import { OccupancyKind } from "../entities/occupancy.js";
import { type Venue, VenueEntity } from "../entities/venue.js";
import { badInput, invalid, Refusal } from "../errors.js";
import { resetAlerts } from "./alerts.js";
import { audit } from "./audit.js";
import { type ChangeWords, counted, describeChanges } from "./audit-changes.js";
import { toEntities, toRow } from "./columns.js";
import { insertRows } from "./insert.js";
import { mailVenueChanged } from "./mail-occasions.js";
import { bumpVersion, openOccupancies } from "./occupancy.js";
import { type Location, requireCapacity, requireLocation, requireThresholds, requireTimeZone } from "./place.js";
import type { Scope } from "./scope.js";
import { requireOwner, requireUser } from "./standing.js";
import { NAME, requireText } from "./text.js";
import { beginCapacity, changeCapacity } from "./venue-capacity.js";

export interface CreateVenueInput {
  readonly name: string;
  readonly address: string;
  readonly location: Location | null;
  readonly timeZone: string;
  readonly capacity: number;
  readonly publicOccupancy: boolean;
  /** Names of the gates to make with it, at most 1,000. */
  readonly gates: readonly string[];
}

/** Undefined: not given, stays as it is. Only the location can be taken away by null. */
export interface UpdateVenueInput {
  readonly venueId: string;
  readonly name?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly location?: Location | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly capacity?: number | null | undefined;
  readonly publicOccupancy?: boolean | null | undefined;
  readonly alertThresholdPercents?: readonly number[] | null | undefined;
  readonly dailyReportMail?: boolean | null | undefined;
}

const ADDRESS = { least: 0, most: 1_000, multiline: true };
const DEFAULT_THRESHOLDS = [80, 90, 100];
const MOST_GATES = 1_000;
const WORDS: ChangeWords<Venue> = {
  texts: { name: "name", address: "address", latitude: "location", longitude: "location" },
  values: {
    timeZone: "time zone",
    capacity: "capacity",
    publicOccupancy: "public counts",
    alertThresholdPercents: "alert thresholds",
    dailyReportMail: "mail of the daily report",
  },
};

/** Makes a venue that the caller owns, with its gates. */
export async function createVenue(scope: Scope, input: CreateVenueInput): Promise<Venue> {
  const { userId } = requireUser(scope.viewer);
  const now = new Date();
  const venue: Venue = {
    id: uuidv7(),
    ownerId: userId,
    name: requireText(input.name, NAME, "name"),
    address: requireText(input.address, ADDRESS, "address"),
    ...requireLocation(input.location),
    timeZone: requireTimeZone(input.timeZone),
    capacity: requireCapacity(input.capacity),
    publicOccupancy: input.publicOccupancy,
    alertThresholdPercents: DEFAULT_THRESHOLDS,
    createdAt: now,
    updatedAt: now,
    dailyReportMail: false,
    reportedUntil: null,
  };
  const gates = requireGateNames(input.gates).map((name) => makeGate(venue.id, name, now));
  await scope.em.transactional(async (em) => {
    await insertRows(em, VenueEntity, [venue]);
    await beginCapacity(em, venue.id, venue.capacity);
    await openOccupancies(em, OccupancyKind.VENUE, venue.id, [venue.id]);
    await insertGates(em, venue.id, gates);
    const summary = `Made the venue, with a capacity of ${venue.capacity} and ${counted(gates.length, "gate")}.`;
    await audit(em, scope.viewer, {
      ...{ venueId: venue.id, action: "createVenue", target: [AuditTarget.VENUE, venue.id], summary },
    });
  });
  return venue;
}

/** The owner changes what is given. The counts' watchers are told of a change that they see. */
export async function updateVenue(scope: Scope, input: UpdateVenueInput): Promise<Venue> {
  requireUser(scope.viewer);
  const { venueId } = input;
  const { venue, version } = await scope.em.transactional(async (em) => {
    await requireOwner(em, scope.viewer, venueId, "venueId");
    const before = await holdVenue(em, venueId);
    const changed = await writeVenue(em, venueId, requireChanges(input));
    if (changed.capacity !== before.capacity) await changeCapacity(em, venueId, changed.capacity);
    await mailVenueChanged(em, before, changed);
    const summary = describeChanges(before, changed, WORDS);
    if (summary !== null) {
      await audit(em, scope.viewer, { venueId, action: "updateVenue", target: [AuditTarget.VENUE, venueId], summary });
    }
    // Who may read the counts is none of them: telling it would send them once more to who may no longer.
    const isWatched = input.capacity !== undefined || input.alertThresholdPercents !== undefined;
    const counted = isWatched ? await bumpVersion(em, venueId) : null;
    if (isWatched) await resetAlerts(em, changed);
    return { venue: changed, version: counted };
  });
  if (version !== null) scope.announce({ kind: "occupancy", venueId, version });
  if (input.publicOccupancy === false) scope.announce({ kind: "rights", credentialId: null });
  return venue;
}

/** Throws CONFLICT when the venue has a gate of this name. */
export async function addGate(scope: Scope, input: { readonly venueId: string; readonly name: string }): Promise<Gate> {
  requireUser(scope.viewer);
  const { venueId } = input;
  const { gate, version } = await scope.em.transactional(async (em) => {
    await requireOwner(em, scope.viewer, venueId, "venueId");
    const made = makeGate(venueId, requireText(input.name, NAME, "name"), new Date());
    if (!(await insertGates(em, venueId, [made]))) {
      throw new Refusal("CONFLICT", "The venue has a gate of this name.", ["name"]);
    }
    const summary = "Added the gate.";
    await audit(em, scope.viewer, { venueId, action: "addGate", target: [AuditTarget.GATE, made.id], summary });
    return { gate: made, version: await bumpVersion(em, venueId) };
  });
  scope.announce({ kind: "occupancy", venueId, version });
  return gate;
}

const makeGate = (venueId: string, name: string, createdAt: Date): Gate => ({ id: uuidv7(), venueId, name, createdAt });

/** False, with nothing else done, when a name was taken. */
async function insertGates(em: EntityManager, venueId: string, gates: readonly Gate[]): Promise<boolean> {
  const inserted = await insertRows(em, GateEntity, gates);
  if (inserted.size < gates.length) return false;
  await openOccupancies(em, OccupancyKind.GATE, venueId, [...inserted]);
  return true;
}

function requireGateNames(values: readonly string[]): string[] {
  if (values.length > MOST_GATES) {
    throw badInput(`\`gates\` has ${values.length} items; at most ${MOST_GATES} are allowed.`);
  }
  const names = values.map((value, index) => requireText(value, NAME, "gates", String(index)));
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice >= 0) throw invalid("A gate's name must be unique within its venue.", "gates", String(twice));
  return names;
}

function requireChanges(input: UpdateVenueInput): Partial<Venue> {
  return {
    ...change(input, "name", (name) => ({ name: requireText(name, NAME, "name") })),
    ...change(input, "address", (address) => ({ address: requireText(address, ADDRESS, "address") })),
    ...(input.location === undefined ? {} : requireLocation(input.location)),
    ...change(input, "timeZone", (timeZone) => ({ timeZone: requireTimeZone(timeZone) })),
    ...change(input, "capacity", (capacity) => ({ capacity: requireCapacity(capacity) })),
    ...change(input, "publicOccupancy", (publicOccupancy) => ({ publicOccupancy })),
    ...change(input, "alertThresholdPercents", (percents) => ({ alertThresholdPercents: requireThresholds(percents) })),
    ...change(input, "dailyReportMail", (dailyReportMail) => ({ dailyReportMail })),
  };
}

/** What a given field changes; nothing when it is not given. Throws INVALID for null. */
function change<Name extends keyof UpdateVenueInput>(
  input: UpdateVenueInput,
  name: Name,
  toChange: (value: NonNullable<UpdateVenueInput[Name]>) => Partial<Venue>,
): Partial<Venue> {
  const value = input[name];
  if (value === undefined) return {};
  if (value === null) throw invalid(`\`${name}\` cannot be taken away: give a value, or leave it out.`, name);
  return toChange(value as NonNullable<UpdateVenueInput[Name]>);
}

async function holdVenue(em: EntityManager, venueId: string): Promise<Venue> {
  const { rows } = await sql<object>`/* venue.hold */
    select * from venues where id = ${venueId} for no key update`.execute(em.getKysely());
  const [venue] = toEntities(em, VenueEntity, rows);
  if (venue === undefined) throw new Error(`the venue ${venueId} has gone`);
  return venue;
}

async function writeVenue(em: EntityManager, venueId: string, changes: Partial<Venue>): Promise<Venue> {
  const row = JSON.stringify(toRow({ ...changes, updatedAt: new Date() }));
  // `v` stands for what a field is when it is not given, for its row is the base that the changes are laid upon.
  const { rows } = await sql<object>`/* venue.update */
    update venues v set (name, address, latitude, longitude, time_zone, capacity, public_occupancy,
        alert_threshold_percents, updated_at, daily_report_mail) =
      (select c.name, c.address, c.latitude, c.longitude, c.time_zone, c.capacity, c.public_occupancy,
        c.alert_threshold_percents, c.updated_at, c.daily_report_mail from json_populate_record(v, ${row}) c)
    where v.id = ${venueId} returning v.*`.execute(em.getKysely());
  const [venue] = toEntities(em, VenueEntity, rows);
  if (venue === undefined) throw new Error(`the venue ${venueId} has gone`);
  return venue;
}
