import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { eventsOfVenue } from "../domain/events.js";
import type { VenueOccupancyState } from "../domain/occupancy.js";
import { WHOLE_TABLE } from "../domain/page.js";
import { addVenueStaff, removeVenueStaff } from "../domain/staff.js";
import { mayReadDrafts } from "../domain/standing.js";
import { createVenue, updateVenue } from "../domain/venue.js";
import { venuesMatching } from "../domain/venues.js";
import type { Device as DeviceRow } from "../entities/device.js";
import type { Gate as GateRow } from "../entities/gate.js";
import type { User as UserRow } from "../entities/user.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { ConnectionArgs } from "../schema/connection.js";
import { Device } from "../schema/device.js";
import { EventConnection } from "../schema/event.js";
import { EventFilter } from "../schema/event-filter.js";
import { Gate } from "../schema/gate.js";
import { decodeId, encodeId } from "../schema/ids.js";
import { VenueOccupancy } from "../schema/occupancy.js";
import { User } from "../schema/user.js";
import {
  CreateVenueInput,
  UpdateVenueInput,
  Venue,
  VenueConnection,
  VenuePayload,
  VenueStaffInput,
} from "../schema/venue.js";
import { connect } from "./connection.js";
import { eventFilter } from "./event-filter.js";
import { locationOf } from "./location.js";
import { required } from "./required.js";
import { payload } from "./user-errors.js";
import { findVenue } from "./visible.js";

@Resolver(() => Venue)
export class VenueResolver {
  @Query(() => Venue, { nullable: true })
  venue(@Arg("id", () => ID) id: string, @Ctx() context: OperationContext): Promise<VenueRow | null> {
    return findVenue(context, decodeId("ven", id));
  }

  @Query(() => VenueConnection)
  venues(
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("text", () => String, { nullable: true }) text: string | null | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, venuesMatching(text ?? null), WHOLE_TABLE, args, info);
  }

  @Mutation(() => VenuePayload)
  createVenue(@Arg("input", () => CreateVenueInput) input: CreateVenueInput, @Ctx() context: OperationContext) {
    return venuePayload(() => createVenue(context, { ...input, location: input.location ?? null }));
  }

  @Mutation(() => VenuePayload)
  updateVenue(@Arg("input", () => UpdateVenueInput) input: UpdateVenueInput, @Ctx() context: OperationContext) {
    return venuePayload(() => updateVenue(context, { ...input, venueId: decodeId("ven", input.venueId) }));
  }

  @Mutation(() => VenuePayload)
  addVenueStaff(@Arg("input", () => VenueStaffInput) input: VenueStaffInput, @Ctx() context: OperationContext) {
    return venuePayload(() => addVenueStaff(context, { ...input, venueId: decodeId("ven", input.venueId) }));
  }

  @Mutation(() => VenuePayload)
  removeVenueStaff(@Arg("input", () => VenueStaffInput) input: VenueStaffInput, @Ctx() context: OperationContext) {
    return venuePayload(() => removeVenueStaff(context, { ...input, venueId: decodeId("ven", input.venueId) }));
  }

  @FieldResolver(() => ID)
  id(@Root() venue: VenueRow): string {
    return encodeId("ven", venue.id);
  }

  @FieldResolver()
  location(@Root() venue: VenueRow) {
    return locationOf(venue);
  }

  @FieldResolver(() => User)
  owner(@Root() { ownerId }: VenueRow, @Ctx() { loaders }: OperationContext): Promise<UserRow> {
    return required(loaders.user.load(ownerId));
  }

  @FieldResolver(() => [Gate])
  gates(@Root() { id }: VenueRow, @Ctx() { loaders }: OperationContext): Promise<GateRow[]> {
    return loaders.gatesOf.load(id);
  }

  @FieldResolver(() => [User], {
    nullable: true,
    description: "For the owner and staff.",
  })
  staff(@Root() { id }: VenueRow, @Ctx() { loaders }: OperationContext): Promise<UserRow[]> {
    return loaders.staffOf.load(id);
  }

  @FieldResolver(() => [Device], {
    nullable: true,
    description: "For the owner and staff.",
  })
  devices(@Root() { id }: VenueRow, @Ctx() { loaders }: OperationContext): Promise<DeviceRow[]> {
    return loaders.devicesOf.load(id);
  }

  @FieldResolver(() => EventConnection)
  async events(
    @Root() { id }: VenueRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => EventFilter, { nullable: true }) filter: EventFilter | null | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const conditions = eventFilter(filter);
    const standing = await context.loaders.standing.load(id);
    return connect(context, eventsOfVenue(standing !== null && mayReadDrafts(standing), conditions), id, args, info);
  }

  @FieldResolver(() => VenueOccupancy, {
    nullable: true,
    description: "The live counts. Null where the caller may not read them.",
  })
  occupancy(@Root() { id }: VenueRow, @Ctx() { loaders }: OperationContext): Promise<VenueOccupancyState | null> {
    return loaders.occupancy.load(id);
  }
}

const venuePayload = (make: () => Promise<VenueRow>) => payload(async () => ({ venue: await make() }), { venue: null });
