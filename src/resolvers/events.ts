import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, Info, Query, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { eventsFound } from "../domain/events.js";
import { WHOLE_TABLE } from "../domain/page.js";
import { EventOrder } from "../entities/event.js";
import { ConnectionArgs } from "../schema/connection.js";
import { EventConnection } from "../schema/event.js";
import { EventFilter } from "../schema/event-filter.js";
import { connect } from "./connection.js";
import { eventFilter } from "./event-filter.js";

@Resolver()
export class EventsResolver {
  @Query(() => EventConnection, {
    description:
      "Published events, and the caller's own drafts; cancelled ones only where `status` asks for them and the caller owns them.",
  })
  events(
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg("filter", () => EventFilter, { nullable: true }) filter: EventFilter | null | undefined,
    @Arg("orderBy", () => EventOrder, { nullable: true, defaultValue: EventOrder.STARTS_AT_ASC })
    orderBy: EventOrder | null,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const list = eventsFound(context.viewer, eventFilter(filter), orderBy ?? EventOrder.STARTS_AT_ASC);
    return connect(context, list, WHOLE_TABLE, args, info);
  }
}
