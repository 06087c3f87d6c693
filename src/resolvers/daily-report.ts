import { Arg, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import { type DailyReportState, readDailyReport } from "../domain/daily-report.js";
import type { Event as EventRow } from "../entities/event.js";
import type { Venue as VenueRow } from "../entities/venue.js";
import { DailyReport, EventDailyReport } from "../schema/daily-report.js";
import { Event } from "../schema/event.js";
import { Venue } from "../schema/venue.js";
import { required } from "./required.js";

@Resolver(() => Venue)
export class DailyReportResolver {
  @FieldResolver(() => DailyReport, {
    nullable: true,
    description: "What a day came to. `date` is such as 2026-11-21. For the owner and staff.",
  })
  dailyReport(
    @Root() { id }: VenueRow,
    @Arg("date", () => String) date: string,
    @Ctx() { em, services }: OperationContext,
  ): Promise<DailyReportState | null> {
    return readDailyReport(em, services.anomalyRules, id, date);
  }
}

@Resolver(() => EventDailyReport)
export class EventDailyReportResolver {
  @FieldResolver(() => Event)
  event(
    @Root() { eventId }: DailyReportState["events"][number],
    @Ctx() { loaders }: OperationContext,
  ): Promise<EventRow> {
    return required(loaders.event.load(eventId));
  }
}
