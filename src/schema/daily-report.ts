import { Field, Int, ObjectType } from "type-graphql";
import { AnomalyKind } from "../entities/anomaly.js";
import { RefusalReason } from "../entities/scan.js";
import { DateTime } from "./date-time.js";

@ObjectType("RefusalCount")
export class RefusalCount {
  @Field(() => RefusalReason, {
    nullable: true,
    description: "Null where a scanner without a network turned somebody away whom the server would have let in.",
  })
  reason!: RefusalReason | null;

  @Field(() => Int)
  count!: number;
}

@ObjectType("AnomalyCount")
export class AnomalyCount {
  @Field(() => AnomalyKind)
  kind!: AnomalyKind;

  @Field(() => Int)
  count!: number;
}

@ObjectType("DayCounts")
class DayCounts {
  @Field(() => Int, {
    description: "Tickets that came in on this day.",
  })
  arrivals!: number;

  @Field(() => Int)
  peakInside!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "The first instant of the day at which that many were inside; null where nobody was.",
  })
  peakAt!: Date | null;

  @Field(() => Int, {
    description: "Paid tickets that have never come, of events that ended on this day.",
  })
  noShows!: number;

  @Field(() => [RefusalCount])
  refusals!: RefusalCount[];

  @Field(() => [AnomalyCount])
  anomalies!: AnomalyCount[];
}

@ObjectType("EventDailyReport")
export class EventDailyReport extends DayCounts {}

@ObjectType("DailyReport", {
  description:
    "A day of a venue from its midnight to the next, by its own clock, told from the scans as they are known now. Of a day whose\n" +
    "scans are kept no longer, only what is kept of it.",
})
export class DailyReport extends DayCounts {
  @Field(() => String, {
    description: "Such as 2026-11-21.",
  })
  date!: string;

  @Field(() => DateTime)
  from!: Date;

  @Field(() => DateTime)
  to!: Date;

  @Field(() => [EventDailyReport], {
    description: "Of the events that took place, or were scanned for, on this day, by their start.",
  })
  events!: EventDailyReport[];
}
