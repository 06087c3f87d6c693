import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { Role } from "../entities/user.js";
import type { DeviceViewer } from "./viewer.js";

/** The device that a token's digest belongs to, its last or, for a while, the one before; null when there is none or it was revoked. */
export async function findDeviceViewer(em: EntityManager, tokenDigest: Buffer): Promise<DeviceViewer | null> {
  const { rows } = await sql<Omit<DeviceViewer, "kind">>`/* credential.device */
    select d.id as "deviceId", d.gate_id as "gateId", g.venue_id as "venueId"
    from devices d join gates g on g.id = d.gate_id
    where d.revoked_at is null and (d.token_digest = ${tokenDigest}
      or d.previous_token_digest = ${tokenDigest} and d.previous_token_until > ${new Date()})`.execute(em.getKysely());
  const [device] = rows;
  return device === undefined ? null : { kind: "device", ...device };
}

/** The user of a session and their role as it is now; null when the session has ended. */
export async function findSessionUser(
  em: EntityManager,
  sessionId: string,
): Promise<{ userId: string; role: Role } | null> {
  const { rows } = await sql<{ userId: string; role: Role }>`/* credential.session */
    select u.id as "userId", u.role from sessions s join users u on u.id = s.user_id
    where s.id = ${sessionId} and s.ended_at is null`.execute(em.getKysely());
  return rows[0] ?? null;
}
