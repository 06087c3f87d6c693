import { Field, Int, ObjectType } from "type-graphql";

@ObjectType("CapacityAlert")
export class CapacityAlert {
  @Field(() => Int, {
    description: "The percentage of the capacity that was crossed upwards.",
  })
  thresholdPercent!: number;

  @Field(() => Int)
  inside!: number;

  @Field(() => Int)
  capacity!: number;
}
