import type { Role } from "../entities/user.js";

/** Who is asking, as far as a valid token tells. */
export type Viewer = Anonymous | UserViewer | DeviceViewer;

export interface Anonymous {
  readonly kind: "anonymous";
}

export interface UserViewer {
  readonly kind: "user";
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
  readonly expiresAt: Date;
}

export interface DeviceViewer {
  readonly kind: "device";
  readonly deviceId: string;
  readonly gateId: string;
  readonly venueId: string;
}

export const ANONYMOUS: Anonymous = { kind: "anonymous" };
