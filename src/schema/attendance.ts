import { Field, Float, Int, ObjectType } from "type-graphql";
import { DateTime } from "./date-time.js";

@ObjectType("TicketTypeAttendance")
export class TicketTypeAttendance {
  @Field(() => Int)
  registered!: number;

  @Field(() => Int)
  attended!: number;
}

@ObjectType("Attendance")
export class Attendance {
  @Field(() => Int, {
    description: "Paid and issued tickets.",
  })
  registered!: number;

  @Field(() => Int, {
    description: "Tickets with at least one accepted entry.",
  })
  attended!: number;

  @Field(() => Int)
  noShows!: number;

  @Field(() => Int)
  inside!: number;

  @Field(() => Int)
  peakInside!: number;

  @Field(() => DateTime, {
    nullable: true,
  })
  peakAt!: Date | null;

  @Field(() => Int)
  refusals!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Mean minutes of a stay: from the first accepted entry of somebody outside to their next accepted exit, automatic ones\n" +
      "left out; null before the first.",
  })
  averageStayMinutes!: number | null;

  @Field(() => [TicketTypeAttendance])
  byTicketType!: TicketTypeAttendance[];
}
