import { Field, ID, InputType, ObjectType } from "type-graphql";
import { DateTime } from "./date-time.js";
import { Node } from "./node.js";
import { UserError } from "./user-error.js";

@ObjectType("Device", {
  implements: Node,
  description:
    "A gate scanner. It authenticates with `Authorization: Bearer <token>`; the token is shown once, at enrolment.",
})
export class Device extends Node {
  @Field(() => String)
  name!: string;

  @Field(() => DateTime)
  enrolledAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
  })
  lastSeenAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
  })
  revokedAt!: Date | null;
}

@InputType("EnrollDeviceInput")
export class EnrollDeviceInput {
  @Field(() => ID)
  readonly gateId!: string;

  @Field(() => String)
  readonly name!: string;
}

@InputType("RevokeDeviceInput")
export class RevokeDeviceInput {
  @Field(() => ID)
  readonly deviceId!: string;
}

@InputType("RotateDeviceTokenInput")
export class RotateDeviceTokenInput {
  @Field(() => ID)
  readonly deviceId!: string;
}

@ObjectType("DevicePayload")
export class DevicePayload {
  @Field(() => Device, {
    nullable: true,
  })
  device!: Device | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType("EnrollDevicePayload")
export class EnrollDevicePayload {
  @Field(() => Device, {
    nullable: true,
  })
  device!: Device | null;

  @Field(() => String, {
    nullable: true,
  })
  token!: string | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
