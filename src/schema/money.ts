import { Field, InputType, Int, ObjectType } from "type-graphql";

@ObjectType("Money", {
  description: "An exact amount: integer minor units (cents) of an ISO 4217 currency.",
})
export class Money {
  @Field(() => Int)
  amountMinor!: number;

  @Field(() => String)
  currency!: string;
}

@InputType("MoneyInput")
export class MoneyInput {
  @Field(() => Int)
  readonly amountMinor!: number;

  @Field(() => String)
  readonly currency!: string;
}
