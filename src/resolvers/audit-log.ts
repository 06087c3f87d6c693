import type { GraphQLResolveInfo } from "graphql";
import { Args, Ctx, FieldResolver, ID, Info, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { auditLogOfVenue } from "../domain/audit.js";
import { isErased } from "../domain/erasure.js";
import { type AuditEntry as AuditEntryRow, AuditTarget } from "../entities/audit-entry.js";
import type { Device as DeviceRow } from "../entities/device.js";
import type { User as UserRow } from "../entities/user.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { AuditEntry, AuditEntryConnection } from "../schema/audit-log.js";
import { ConnectionArgs } from "../schema/connection.js";
import { Device } from "../schema/device.js";
import { encodeId, type Prefix } from "../schema/ids.js";
import { User } from "../schema/user.js";
import { Venue } from "../schema/venue.js";
import { connect } from "./connection.js";

const PREFIXES: Readonly<Record<AuditTarget, Prefix>> = {
  [AuditTarget.VENUE]: "ven",
  [AuditTarget.GATE]: "gat",
  [AuditTarget.DEVICE]: "dev",
  [AuditTarget.USER]: "usr",
  [AuditTarget.EVENT]: "evt",
  [AuditTarget.TICKET_TYPE]: "tty",
  [AuditTarget.TICKET]: "tkt",
  [AuditTarget.SCAN]: "scn",
};

@Resolver(() => AuditEntry)
export class AuditEntryResolver {
  @FieldResolver(() => ID)
  id(@Root() { id }: AuditEntryRow): string {
    return encodeId("aud", id);
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: "Null for the system, and for an erased person.",
  })
  user(@Root() { userId }: AuditEntryRow, @Ctx() context: OperationContext): Promise<UserRow | null> | null {
    return userId === null ? null : findPerson(context, userId);
  }

  @FieldResolver(() => Device, { nullable: true })
  device(@Root() { deviceId }: AuditEntryRow, @Ctx() { loaders }: OperationContext): Promise<DeviceRow | null> | null {
    return deviceId === null ? null : loaders.device.load(deviceId);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: "The id of what was changed.",
  })
  async target(
    @Root() { targetKind, targetId }: AuditEntryRow,
    @Ctx() context: OperationContext,
  ): Promise<string | null> {
    if (targetKind === AuditTarget.USER && (await findPerson(context, targetId)) === null) return null;
    return encodeId(PREFIXES[targetKind], targetId);
  }
}

@Resolver(() => Venue)
export class VenueAuditLogResolver {
  @FieldResolver(() => AuditEntryConnection, {
    nullable: true,
    description:
      "Who changed what at the venue and its events, newest first; nothing is ever taken out of it. For the owner.",
  })
  auditLog(
    @Root() { id }: VenueRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, auditLogOfVenue(), id, args, info);
  }
}

/** Null for one who has been erased: the log tells of them no more. */
async function findPerson({ loaders }: OperationContext, id: string): Promise<UserRow | null> {
  const user = await loaders.user.load(id);
  return user === null || isErased(user) ? null : user;
}
