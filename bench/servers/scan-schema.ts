import type { ScanDirection } from "../../src/entities/scan.js";

/** As much of the public API as a single scan takes. */
export const SCAN_SCHEMA = `
  enum ScanDirection { ENTRY EXIT }
  enum ScanOutcome { ACCEPTED REFUSED ANNULLED }
  enum RefusalReason {
    UNKNOWN_TICKET REVOKED WRONG_VENUE EVENT_CANCELLED CANCELLED EXPIRED NOT_PAID TOO_EARLY TOO_LATE ALREADY_INSIDE
    REENTRY_NOT_ALLOWED VENUE_FULL EVENT_FULL
  }
  enum UserErrorCode { INVALID NOT_FOUND KEY_REUSED }
  input RecordScanInput { key: String!  code: String!  direction: ScanDirection!  gateId: ID  eventId: ID }
  type Scan { outcome: ScanOutcome!  reason: RefusalReason  capacityOverride: Boolean! }
  type VenueOccupancy { inside: Int!  capacity: Int!  available: Int!  version: Int! }
  type UserError { code: UserErrorCode!  message: String!  path: [String!] }
  type RecordScanPayload {
    scan: Scan
    replayed: Boolean!
    occupancy: VenueOccupancy
    userErrors: [UserError!]!
  }
  type Query { node(id: ID!): ID }
  type Mutation { recordScan(input: RecordScanInput!): RecordScanPayload! }
`;

export interface RecordScanInput {
  readonly key: string;
  readonly code: string;
  readonly direction: ScanDirection;
}

export interface ScanContext {
  readonly authorization: string | undefined;
}

/** Throws where there is none. */
export function bearerToken({ authorization }: ScanContext): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new Error("UNAUTHENTICATED");
  return token;
}

export const keyReused = {
  scan: null,
  replayed: false,
  occupancy: null,
  userErrors: [{ code: "KEY_REUSED", message: "This key was used before with another code or direction." }],
};
