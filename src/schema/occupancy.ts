import { Field, Int, ObjectType } from "type-graphql";
import { DateTime } from "./date-time.js";

@ObjectType("GateOccupancy", {
  description:
    "`inside` counts a ticket at the gate of its latest accepted entry. All four counts of the gates add up to the venue's.",
})
export class GateOccupancy {
  @Field(() => Int)
  inside!: number;

  @Field(() => Int)
  entries!: number;

  @Field(() => Int)
  exits!: number;

  @Field(() => Int)
  refusals!: number;

  @Field(() => Int)
  version!: number;

  @Field(() => DateTime)
  asOf!: Date;
}

@ObjectType("TicketTypeOccupancy")
export class TicketTypeOccupancy {
  @Field(() => Int)
  inside!: number;
}

@ObjectType("EventOccupancy", {
  description: "`capacity` is the event's own, or the venue's.",
})
export class EventOccupancy {
  @Field(() => Int)
  inside!: number;

  @Field(() => Int)
  capacity!: number;

  @Field(() => Int)
  available!: number;

  @Field(() => Int)
  theoretical!: number;

  @Field(() => Int)
  entries!: number;

  @Field(() => Int)
  exits!: number;

  @Field(() => Int)
  refusals!: number;
}

@ObjectType("VenueOccupancy", {
  description:
    "Live counts. `version` grows by at least one with every change; a message with a lower version is older.",
})
export class VenueOccupancy {
  @Field(() => Int, {
    description: "Tickets whose latest accepted scan, by scan time, is an entry.",
  })
  inside!: number;

  @Field(() => Int)
  capacity!: number;

  @Field(() => Int, {
    description: "max(0, capacity - inside)",
  })
  available!: number;

  @Field(() => Int, {
    description:
      "What `inside` would be, had nobody been refused as VENUE_FULL or EVENT_FULL: the tickets whose latest scan, among the\n" +
      "accepted and the entries refused so, is an entry.",
  })
  theoretical!: number;

  @Field(() => Int, {
    description:
      "All accepted entries, all accepted exits and all refused scans since the venue was made; `events` has them per event.",
  })
  entries!: number;

  @Field(() => Int)
  exits!: number;

  @Field(() => Int)
  refusals!: number;

  @Field(() => Int)
  version!: number;

  @Field(() => DateTime)
  asOf!: Date;
}

@ObjectType("GateCount")
export class GateCount {
  @Field(() => Int)
  inside!: number;
}

@ObjectType("OccupancySnapshot")
export class OccupancySnapshot {
  @Field(() => DateTime)
  at!: Date;

  @Field(() => Int)
  inside!: number;
}

@ObjectType("OccupancyPoint")
export class OccupancyPoint {
  @Field(() => DateTime)
  at!: Date;

  @Field(() => Int)
  inside!: number;

  @Field(() => Int, {
    description: "Within the bucket that ends at `at`.",
  })
  entries!: number;

  @Field(() => Int)
  exits!: number;
}
