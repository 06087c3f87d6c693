import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { OccupancyPointState, OccupancySnapshotState } from "../domain/occupancy-history.js";
import type { Gate as GateRow } from "../entities/gate.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { DateTime } from "../schema/date-time.js";
import { Gate } from "../schema/gate.js";
import { GateCount, OccupancyPoint, OccupancySnapshot, TicketTypeOccupancy } from "../schema/occupancy.js";
import { Venue } from "../schema/venue.js";
import { shown } from "./occupancy.js";
import { required } from "./required.js";

/** A venue's counts of the past. */
@Resolver(() => Venue)
export class OccupancyHistoryResolver {
  @FieldResolver(() => OccupancySnapshot, {
    nullable: true,
    description:
      "The counts as they stood at a moment, scans at that very moment included, from every scan known now, late uploads too.",
  })
  occupancyAt(
    @Root() { id }: VenueRow,
    @Arg("at", () => DateTime) at: Date,
    @Ctx() { loaders }: OperationContext,
  ): Promise<OccupancySnapshotState> {
    return required(loaders.occupancyAt(id, at));
  }

  @FieldResolver(() => [OccupancyPoint], {
    nullable: true,
    description: "Points at `from`, then every bucket, the last not after `to`; at most 1,500.",
  })
  occupancyHistory(
    @Root() { id }: VenueRow,
    @Arg("from", () => DateTime) from: Date,
    @Arg("to", () => DateTime) to: Date,
    @Arg("bucketMinutes", () => Int, { defaultValue: 15 }) bucketMinutes: number,
    @Ctx() { loaders }: OperationContext,
  ): Promise<OccupancyPointState[]> {
    return loaders.occupancyHistory(id, { from, to, bucketMinutes });
  }
}

@Resolver(() => OccupancySnapshot)
export class OccupancySnapshotResolver {
  @FieldResolver(() => [GateCount])
  gates(@Root() { gates }: OccupancySnapshotState): OccupancySnapshotState["gates"] {
    return gates;
  }

  @FieldResolver(() => [TicketTypeOccupancy])
  ticketTypes(
    @Root() root: OccupancySnapshotState,
    @Ctx() context: OperationContext,
  ): Promise<OccupancySnapshotState["ticketTypes"]> {
    return shown(root.ticketTypes, root, context);
  }
}

@Resolver(() => GateCount)
export class GateCountResolver {
  @FieldResolver(() => Gate)
  gate(
    @Root() { gateId }: OccupancySnapshotState["gates"][number],
    @Ctx() { loaders }: OperationContext,
  ): Promise<GateRow> {
    return required(loaders.gate.load(gateId));
  }
}
