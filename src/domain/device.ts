import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Device, DeviceEntity } from "../entities/device.js";
import { notFound, Refusal } from "../errors.js";
import { audit } from "./audit.js";
import { toEntities } from "./columns.js";
import { insertRows } from "./insert.js";
import { holdScans } from "./occupancy.js";
import type { Scope } from "./scope.js";
import { mayReadRecords, ownersOnly, readStandings, requireOwner, requireUser } from "./standing.js";
import { NAME, requireText } from "./text.js";
import { DEVICE_TOKEN_PREFIX, digestOf, makeToken } from "./token.js";

/** Long enough for the new token to reach a scanner that is in use. */
const OVERLAP_MILLISECONDS = 24 * 60 * 60 * 1_000;

export interface EnrolledDevice {
  readonly device: Device;
  /** Known to nobody but who receives this: only its digest is stored. */
  readonly token: string;
}

/** Makes a scanner for a gate. For the venue's owner. */
export async function enrollDevice(
  scope: Scope,
  input: { readonly gateId: string; readonly name: string },
): Promise<EnrolledDevice> {
  requireUser(scope.viewer);
  return scope.em.transactional(async (em) => {
    const venueId = await findVenueOfGate(em, input.gateId);
    if (venueId === null) throw notFound("gate", "gateId");
    await requireOwner(em, scope.viewer, venueId, "gateId");
    const token = makeToken(DEVICE_TOKEN_PREFIX);
    const device: Device = {
      id: uuidv7(),
      gateId: input.gateId,
      name: requireText(input.name, NAME, "name"),
      tokenDigest: digestOf(token),
      previousTokenDigest: null,
      previousTokenUntil: null,
      enrolledAt: new Date(),
      lastSeenAt: null,
      revokedAt: null,
    };
    await insertRows(em, DeviceEntity, [device]);
    await audit(em, scope.viewer, {
      ...{ venueId, action: "enrollDevice", target: [AuditTarget.DEVICE, device.id] },
      summary: "Enrolled the device: its token scans at its gate.",
    });
    return { device, token };
  });
}

/**
 * Gives the device another token, and the one before a day more; one before that ends at once. The keys of its scans stay its own.
 * Throws NOT_FOUND for who may not see the venue's devices, and CONFLICT when it was revoked.
 */
export async function rotateDeviceToken(scope: Scope, input: { readonly deviceId: string }): Promise<EnrolledDevice> {
  requireUser(scope.viewer);
  const token = makeToken(DEVICE_TOKEN_PREFIX);
  const device = await scope.em.transactional(async (em) => {
    const venueId = await requireOwnDevice(em, scope, input.deviceId);
    const rotated = await rotate(em, input.deviceId, digestOf(token));
    if (rotated === null) throw new Refusal("CONFLICT", "The device was revoked: enrol another.", ["deviceId"]);
    await audit(em, scope.viewer, {
      ...{ venueId, action: "rotateDeviceToken", target: [AuditTarget.DEVICE, rotated.id] },
      summary: "Gave the device another token: the one before works for a day more.",
    });
    return rotated;
  });
  scope.announce({ kind: "rights", credentialId: device.id });
  return { device, token };
}

/** Null when it was revoked. */
async function rotate(em: EntityManager, deviceId: string, tokenDigest: Buffer): Promise<Device | null> {
  const { rows } = await sql<object>`/* device.rotate */
    update devices set token_digest = ${tokenDigest}, previous_token_digest = token_digest,
      previous_token_until = ${new Date(Date.now() + OVERLAP_MILLISECONDS)}
    where id = ${deviceId} and revoked_at is null
    returning *`.execute(em.getKysely());
  return toEntities(em, DeviceEntity, rows)[0] ?? null;
}

/** Its token works no more, at once; again: the same answer. Throws NOT_FOUND for who may not see the venue's devices. */
export async function revokeDevice(scope: Scope, input: { readonly deviceId: string }): Promise<Device> {
  requireUser(scope.viewer);
  const device = await scope.em.transactional(async (em) => {
    const venueId = await requireOwnDevice(em, scope, input.deviceId);
    await holdScans(em, venueId);
    const revoked = await revoke(em, input.deviceId);
    if (revoked === null) return readDevice(em, input.deviceId);
    await audit(em, scope.viewer, {
      ...{ venueId, action: "revokeDevice", target: [AuditTarget.DEVICE, revoked.id] },
      summary: "Revoked the device: its token works no more.",
    });
    return revoked;
  });
  scope.announce({ kind: "rights", credentialId: device.id });
  return device;
}

/** Null when it was revoked before. */
async function revoke(em: EntityManager, deviceId: string): Promise<Device | null> {
  const { rows } = await sql<object>`/* device.revoke */
    update devices set revoked_at = ${new Date()} where id = ${deviceId} and revoked_at is null
    returning *`.execute(em.getKysely());
  return toEntities(em, DeviceEntity, rows)[0] ?? null;
}

async function readDevice(em: EntityManager, deviceId: string): Promise<Device> {
  const { rows } = await sql<object>`/* device.read */
    select * from devices where id = ${deviceId}`.execute(em.getKysely());
  const [device] = toEntities(em, DeviceEntity, rows);
  if (device === undefined) throw notFound("device", "deviceId");
  return device;
}

/** Answers its venue. */
async function requireOwnDevice(em: EntityManager, { viewer }: Scope, deviceId: string): Promise<string> {
  const { rows } = await sql<{ venueId: string }>`/* device.venue */
    select g.venue_id as "venueId" from devices d join gates g on g.id = d.gate_id
    where d.id = ${deviceId}`.execute(em.getKysely());
  const [found] = rows;
  if (found === undefined) throw notFound("device", "deviceId");
  const standing = (await readStandings(em, viewer, [found.venueId])).get(found.venueId);
  if (standing === undefined || !mayReadRecords(standing)) throw notFound("device", "deviceId");
  if (standing !== "owner") throw ownersOnly();
  return found.venueId;
}

async function findVenueOfGate(em: EntityManager, gateId: string): Promise<string | null> {
  const { rows } = await sql<{ venueId: string }>`/* device.gate */
    select venue_id as "venueId" from gates where id = ${gateId}`.execute(em.getKysely());
  return rows[0]?.venueId ?? null;
}
