import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { GeoPoint, GeoPointInput } from "./geo.js";
import { Node } from "./node.js";
import { PageInfo } from "./page-info.js";
import { UserError } from "./user-error.js";

@ObjectType("Venue", {
  implements: Node,
})
export class Venue extends Node {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  address!: string;

  @Field(() => GeoPoint, {
    nullable: true,
  })
  location!: GeoPoint | null;

  @Field(() => String, {
    description: "IANA name, such as Europe/London.",
  })
  timeZone!: string;

  @Field(() => Int, {
    description: "The most people who may be inside at once.",
  })
  capacity!: number;

  @Field(() => Boolean, {
    description:
      "Whether anybody may read the counts: `occupancy` of the venue, its gates and events, `occupancyAt`, `occupancyHistory`\n" +
      "and their subscriptions. Otherwise the owner, staff, devices and admins may. Scans, anomalies and attendance stay theirs.",
  })
  publicOccupancy!: boolean;

  @Field(() => [Int], {
    description: "Percentages of the capacity that raise an alert when crossed upwards. Default: 80, 90, 100.",
  })
  alertThresholdPercents!: number[];

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the owner gets each day's `dailyReport` by mail, the morning after. For the owner.",
  })
  dailyReportMail!: boolean | null;
}

@ObjectType("VenueEdge")
export class VenueEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Venue)
  node!: Venue;
}

@ObjectType("VenueConnection")
export class VenueConnection {
  @Field(() => [VenueEdge])
  edges!: VenueEdge[];

  @Field(() => [Venue])
  nodes!: Venue[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}

@InputType("CreateVenueInput")
export class CreateVenueInput {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly address!: string;

  @Field(() => GeoPointInput, {
    nullable: true,
  })
  readonly location!: GeoPointInput | null | undefined;

  @Field(() => String, {
    defaultValue: "UTC",
  })
  readonly timeZone!: string;

  @Field(() => Int)
  readonly capacity!: number;

  @Field(() => Boolean, {
    defaultValue: false,
  })
  readonly publicOccupancy!: boolean;

  @Field(() => [String], {
    defaultValue: [],
    description: "Names of the gates to make with it.",
  })
  readonly gates!: string[];
}

@InputType("UpdateVenueInput")
export class UpdateVenueInput {
  @Field(() => ID)
  readonly venueId!: string;

  @Field(() => String, {
    nullable: true,
  })
  readonly name!: string | null | undefined;

  @Field(() => String, {
    nullable: true,
  })
  readonly address!: string | null | undefined;

  @Field(() => GeoPointInput, {
    nullable: true,
  })
  readonly location!: GeoPointInput | null | undefined;

  @Field(() => String, {
    nullable: true,
  })
  readonly timeZone!: string | null | undefined;

  @Field(() => Int, {
    nullable: true,
  })
  readonly capacity!: number | null | undefined;

  @Field(() => Boolean, {
    nullable: true,
  })
  readonly publicOccupancy!: boolean | null | undefined;

  @Field(() => [Int], {
    nullable: true,
  })
  readonly alertThresholdPercents!: number[] | null | undefined;

  @Field(() => Boolean, {
    nullable: true,
  })
  readonly dailyReportMail!: boolean | null | undefined;
}

@InputType("VenueStaffInput")
export class VenueStaffInput {
  @Field(() => ID)
  readonly venueId!: string;

  @Field(() => String)
  readonly email!: string;
}

@ObjectType("VenuePayload")
export class VenuePayload {
  @Field(() => Venue, {
    nullable: true,
  })
  venue!: Venue | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
