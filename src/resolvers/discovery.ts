import { Arg, Ctx, Float, Int, Query, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { checkSurroundings, countNearby, readNearby } from "../domain/nearby.js";
import { pageArgs } from "../domain/page.js";
import { recommendEvents } from "../domain/recommended.js";
import type { Event as EventRow } from "../entities/event.js";
import { Event } from "../schema/event.js";
import { EventFilter } from "../schema/event-filter.js";
import { GeoPointInput } from "../schema/geo.js";
import { NearbyEventConnection } from "../schema/nearby.js";
import { eventFilter } from "./event-filter.js";

@Resolver()
export class DiscoveryResolver {
  @Query(() => NearbyEventConnection, { description: "Published events not yet over, nearest first." })
  async eventsNearby(
    @Arg("near", () => GeoPointInput) near: GeoPointInput,
    @Arg("radiusKm", () => Float, { defaultValue: 25 }) radiusKm: number,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Arg("filter", () => EventFilter, { nullable: true }) filter: EventFilter | null | undefined,
    @Ctx() { em }: OperationContext,
  ) {
    const around = checkSurroundings({ near, radiusKm, filter: eventFilter(filter) });
    const { edges, ...more } = await readNearby(em, around, pageArgs({ first, after }));
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      pageInfo: { ...more, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null },
      // A getter, so that they are counted only when somebody asks.
      get totalCount() {
        return countNearby(em, around);
      },
    };
  }

  @Query(() => [Event], {
    description:
      "For the signed-in user: near their location, and like the events they hold tickets for. Never one they hold a ticket for.",
  })
  recommendedEvents(
    @Arg("first", () => Int, { nullable: true, defaultValue: 10 }) first: number | null,
    @Ctx() { em, viewer }: OperationContext,
  ): Promise<EventRow[]> {
    return recommendEvents(em, viewer, pageArgs({ first }, 10).size);
  }
}
