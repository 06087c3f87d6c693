import { Arg, Ctx, ID, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { Event as EventRow } from "../entities/event.js";
import { forbidden } from "../errors.js";
import type { AvailabilityState } from "../live/feeds.js";
import { Event } from "../schema/event.js";
import { decodeId } from "../schema/ids.js";
import { findEvent } from "./visible.js";

@Resolver()
export class AvailabilityResolver {
  @Subscription(() => Event, {
    description: "The event with its changed availability: at once on subscribing, then on change.",
    subscribe: ({ args, context }) => watchEvent(context, decodeId("evt", args.eventId)),
  })
  availabilityChanged(
    @Arg("eventId", () => ID) _eventId: string,
    @Root() { event, ticketTypes }: AvailabilityState,
    @Ctx() { loaders }: OperationContext,
  ): EventRow {
    // What was read once for all subscribers is not read again for each.
    loaders.event.prime(event.id, event);
    loaders.ticketTypesOf.prime(event.id, [...ticketTypes]);
    for (const type of ticketTypes) loaders.ticketType.prime(type.id, type);
    return event;
  }
}

async function watchEvent(context: OperationContext, eventId: string) {
  const event = await findEvent(context, eventId);
  if (event === null) throw forbidden("There is no such event, or you may not see it.");
  const { viewer, loaders, services } = context;
  const { venueId } = event;
  const standing = (await loaders.standing.load(venueId)) ?? "public";
  return services.live.availabilityChanged({ viewer, eventId, venueId, standing });
}
