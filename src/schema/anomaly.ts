import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { AnomalyKind } from "../entities/anomaly.js";
import { DateTime } from "./date-time.js";
import { PageInfo } from "./page-info.js";

@ObjectType("Anomaly", {
  description:
    "Derived from the scans as they are known now: the same scans give the same anomalies, in whatever order they arrived.",
})
export class Anomaly {
  @Field(() => AnomalyKind)
  kind!: AnomalyKind;
}

@ObjectType("AnomalyEdge")
export class AnomalyEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Anomaly)
  node!: Anomaly;
}

@ObjectType("AnomalyConnection")
export class AnomalyConnection {
  @Field(() => [AnomalyEdge])
  edges!: AnomalyEdge[];

  @Field(() => [Anomaly])
  nodes!: Anomaly[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}

@InputType("AnomalyFilter")
export class AnomalyFilter {
  @Field(() => [AnomalyKind], {
    nullable: true,
  })
  readonly kinds!: AnomalyKind[] | null | undefined;

  @Field(() => ID, {
    nullable: true,
  })
  readonly eventId!: string | null | undefined;

  @Field(() => ID, {
    nullable: true,
  })
  readonly gateId!: string | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
  })
  readonly from!: Date | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
  })
  readonly to!: Date | null | undefined;
}
