import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { scansOfGate } from "../domain/lists.js";
import { addGate } from "../domain/venue.js";
import type { Gate as GateRow } from "../entities/gate.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { ConnectionArgs } from "../schema/connection.js";
import { AddGateInput, Gate, GatePayload } from "../schema/gate.js";
import { decodeId, encodeId } from "../schema/ids.js";
import { GateOccupancy } from "../schema/occupancy.js";
import { ScanConnection, ScanFilter } from "../schema/scan.js";
import { Venue } from "../schema/venue.js";
import { connect } from "./connection.js";
import type { GateCounts } from "./occupancy.js";
import { required } from "./required.js";
import { scanFilter } from "./scan-filter.js";
import { payload } from "./user-errors.js";
import { findGate } from "./visible.js";

@Resolver(() => Gate)
export class GateResolver {
  @Query(() => Gate, { nullable: true })
  gate(@Arg("id", () => ID) id: string, @Ctx() context: OperationContext): Promise<GateRow | null> {
    return findGate(context, decodeId("gat", id));
  }

  @Mutation(() => GatePayload)
  addGate(@Arg("input", () => AddGateInput) input: AddGateInput, @Ctx() context: OperationContext) {
    const make = async () => ({ gate: await addGate(context, { ...input, venueId: decodeId("ven", input.venueId) }) });
    return payload(make, { gate: null });
  }

  @FieldResolver(() => ID)
  id(@Root() gate: GateRow): string {
    return encodeId("gat", gate.id);
  }

  @FieldResolver(() => Venue)
  venue(@Root() { venueId }: GateRow, @Ctx() { loaders }: OperationContext): Promise<VenueRow> {
    return required(loaders.venue.load(venueId));
  }

  @FieldResolver(() => GateOccupancy, {
    nullable: true,
  })
  async occupancy(@Root() gate: GateRow, @Ctx() { loaders }: OperationContext): Promise<GateCounts | null> {
    const state = await loaders.occupancy.load(gate.venueId);
    const counts = state?.gates.find((counts) => counts.gate.id === gate.id);
    return state && counts ? { ...counts, asOf: state.asOf } : null;
  }

  @FieldResolver(() => ScanConnection, {
    nullable: true,
    description: "For the owner and staff. Newest first, by scan time.",
  })
  scans(
    @Root() { id }: GateRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => ScanFilter, { nullable: true }) filter: ScanFilter | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, scansOfGate(scanFilter(filter)), id, args, info);
  }
}
