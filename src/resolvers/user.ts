import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { eventsOfOrganizer } from "../domain/events.js";
import { reservationsOfUser, ticketsOfHolder } from "../domain/lists.js";
import { WHOLE_TABLE } from "../domain/page.js";
import { usersMatching } from "../domain/users.js";
import { venuesOfOwner } from "../domain/venues.js";
import { TicketStatus } from "../entities/ticket.js";
import { Role, type User as UserRow } from "../entities/user.js";
import { ConnectionArgs } from "../schema/connection.js";
import { EventConnection } from "../schema/event.js";
import { decodeId, encodeId } from "../schema/ids.js";
import { ReservationConnection } from "../schema/reservation.js";
import { TicketConnection } from "../schema/ticket.js";
import { User, UserConnection } from "../schema/user.js";
import { VenueConnection } from "../schema/venue.js";
import { connect } from "./connection.js";
import { locationOf } from "./location.js";
import { findUser } from "./visible.js";

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, { nullable: true, description: "Null when not signed in." })
  me(@Ctx() { viewer, loaders }: OperationContext): Promise<UserRow | null> | null {
    return viewer.kind === "user" ? loaders.user.load(viewer.userId) : null;
  }

  @Query(() => User, { nullable: true })
  user(@Arg("id", () => ID) id: string, @Ctx() context: OperationContext): Promise<UserRow | null> {
    return findUser(context, decodeId("usr", id));
  }

  @Query(() => UserConnection, {
    description: "For admins.",
  })
  users(
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("text", () => String, { nullable: true }) text: string | null | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, usersMatching(text ?? null), WHOLE_TABLE, args, info);
  }

  @FieldResolver(() => ID)
  id(@Root() user: UserRow): string {
    return encodeId("usr", user.id);
  }

  @FieldResolver()
  location(@Root() user: UserRow) {
    return locationOf(user);
  }

  @FieldResolver(() => TicketConnection, {
    nullable: true,
    description: "For the user and admins.",
  })
  tickets(
    @Root() { id }: UserRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("status", () => TicketStatus, { nullable: true }) status: TicketStatus | undefined,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, ticketsOfHolder(status ?? null), id, args, info);
  }

  @FieldResolver(() => ReservationConnection, {
    nullable: true,
    description: "For the user and admins.",
  })
  reservations(
    @Root() { id }: UserRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, reservationsOfUser(), id, args, info);
  }

  @FieldResolver(() => EventConnection)
  organizedEvents(
    @Root() { id }: UserRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { viewer } = context;
    const seesDrafts = viewer.kind === "user" && (viewer.userId === id || viewer.role === Role.ADMIN);
    return connect(context, eventsOfOrganizer(seesDrafts), id, args, info);
  }

  @FieldResolver(() => VenueConnection, { description: "Those that the user owns, by name." })
  ownedVenues(
    @Root() { id }: UserRow,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return connect(context, venuesOfOwner, id, args, info);
  }
}
