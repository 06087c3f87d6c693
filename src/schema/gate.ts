import { Field, ID, InputType, ObjectType } from "type-graphql";
import { Node } from "./node.js";
import { UserError } from "./user-error.js";

@ObjectType("Gate", {
  implements: Node,
})
export class Gate extends Node {
  @Field(() => String, {
    description: "Unique within its venue.",
  })
  name!: string;
}

@InputType("AddGateInput")
export class AddGateInput {
  @Field(() => ID)
  readonly venueId!: string;

  @Field(() => String)
  readonly name!: string;
}

@ObjectType("GatePayload")
export class GatePayload {
  @Field(() => Gate, {
    nullable: true,
  })
  gate!: Gate | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
