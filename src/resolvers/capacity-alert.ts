import { Arg, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { CapacityAlert as CapacityAlertRow } from "../entities/capacity-alert.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { CapacityAlert } from "../schema/capacity-alert.js";
import { decodeId } from "../schema/ids.js";
import { Venue } from "../schema/venue.js";
import { watchRecords } from "./records.js";
import { required } from "./required.js";

@Resolver(() => CapacityAlert)
export class CapacityAlertResolver {
  @Subscription(() => CapacityAlert, {
    description:
      "Once when the count crosses a threshold upwards; again only after it has been five or more percentage points below. For\n" +
      "the owner and staff.",
    subscribe: ({ args, context }) => watchAlerts(context, decodeId("ven", args.venueId)),
  })
  capacityAlertRaised(@Arg("venueId", () => ID) _venueId: string, @Root() alert: CapacityAlertRow) {
    return alert;
  }

  @FieldResolver(() => Venue)
  venue(@Root() { venueId }: CapacityAlertRow, @Ctx() { loaders }: OperationContext): Promise<VenueRow> {
    return required(loaders.venue.load(venueId));
  }

  @FieldResolver(() => Date)
  at(@Root() { raisedAt }: CapacityAlertRow): Date {
    return raisedAt;
  }
}

async function watchAlerts(context: OperationContext, venueId: string) {
  return context.services.live.capacityAlertRaised(await watchRecords(context, venueId));
}
