import type { EntityManager } from "@mikro-orm/postgresql";
import { v7 as uuidv7 } from "uuid";
import { AuditEntryEntity, type AuditTarget } from "../entities/audit-entry.js";
import { type Call, call, type Statement } from "./flight.js";
import { insertRows } from "./insert.js";
import type { List } from "./lists.js";
import type { Viewer } from "./viewer.js";

/** The mutations that change something belonging to a venue, and the imports. Scans and sales are their own record. */
export type AuditAction =
  | "createVenue"
  | "updateVenue"
  | "addGate"
  | "addVenueStaff"
  | "removeVenueStaff"
  | "enrollDevice"
  | "rotateDeviceToken"
  | "revokeDevice"
  | "createEvent"
  | "updateEvent"
  | "publishEvent"
  | "cancelEvent"
  | "addTicketType"
  | "updateTicketType"
  | "issueTickets"
  | "cancelTicket"
  | "transferTicket"
  | "annulScan"
  | "deleteAccount"
  | "importTickets"
  | "importScans";

export interface AuditNote {
  readonly venueId: string;
  readonly action: AuditAction;
  readonly target: readonly [kind: AuditTarget, id: string];
  /** In words, without names, addresses and codes, for it is never taken out again. */
  readonly summary: string;
}

/** Who made the change; null: the system. */
export type Actor = Viewer | null;

/**
 * Writes down who changed what, in the transaction of the change: neither is ever kept without the other. What changed nothing
 * has no entry.
 */
export async function audit(em: EntityManager, actor: Actor, ...notes: readonly AuditNote[]): Promise<void> {
  const at = new Date();
  await insertRows(
    em,
    AuditEntryEntity,
    notes.map(({ target: [targetKind, targetId], ...note }) => ({
      ...{ id: uuidv7(), at, ...whoIs(actor) },
      ...{ ...note, targetKind, targetId },
    })),
  );
}

const INSERT: Statement = {
  name: "audit.insert",
  text: `/* audit.insert */
    insert into audit_entries (id, venue_id, at, user_id, device_id, action, target_kind, target_id, summary)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
};

/** The same, to be sent with the other statements of a transaction at the gate. */
export function auditCall(actor: Actor, { venueId, action, target, summary }: AuditNote): Call {
  const { userId, deviceId } = whoIs(actor);
  return call(INSERT, [uuidv7(), venueId, new Date(), userId, deviceId, action, ...target, summary]);
}

const whoIs = (actor: Actor) => ({
  userId: actor?.kind === "user" ? actor.userId : null,
  deviceId: actor?.kind === "device" ? actor.deviceId : null,
});

/** The latest first. */
export const auditLogOfVenue = (): List<typeof AuditEntryEntity> => ({
  name: "audit_entries venue_id",
  spec: {
    entity: AuditEntryEntity,
    parentColumn: "venue_id",
    order: [
      { column: "at", direction: "desc" },
      { column: "id", direction: "desc" },
    ],
  },
});
