import { Field, InputType, ObjectType } from "type-graphql";
import { OptionalMail } from "../entities/user.js";
import { DateTime } from "./date-time.js";
import { GeoPointInput } from "./geo.js";
import { User } from "./user.js";
import { UserError } from "./user-error.js";

@InputType("RegisterInput")
export class RegisterInput {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly email!: string;

  @Field(() => String)
  readonly password!: string;

  @Field(() => [OptionalMail], {
    defaultValue: [],
    description: "Mail to turn off from the start.",
  })
  readonly mailOptOut!: OptionalMail[];
}

@InputType("LoginInput")
export class LoginInput {
  @Field(() => String)
  readonly email!: string;

  @Field(() => String)
  readonly password!: string;
}

@InputType("RefreshSessionInput")
export class RefreshSessionInput {
  @Field(() => String)
  readonly refreshToken!: string;
}

@ObjectType("AuthPayload")
export class AuthPayload {
  @Field(() => User, {
    nullable: true,
  })
  user!: User | null;

  @Field(() => String, {
    nullable: true,
  })
  accessToken!: string | null;

  @Field(() => String, {
    nullable: true,
  })
  refreshToken!: string | null;

  @Field(() => DateTime, {
    nullable: true,
  })
  expiresAt!: Date | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@InputType("UpdateProfileInput")
export class UpdateProfileInput {
  @Field(() => String, {
    nullable: true,
  })
  readonly name!: string | null | undefined;

  @Field(() => GeoPointInput, {
    nullable: true,
  })
  readonly location!: GeoPointInput | null | undefined;

  @Field(() => [OptionalMail], {
    nullable: true,
    description:
      "All the kinds of mail that are turned off from now on; an empty list turns everything on. Tickets, tickets that somebody\n" +
      "gives one, and cancellations cannot be turned off.",
  })
  readonly mailOptOut!: OptionalMail[] | null | undefined;
}

@ObjectType("UserPayload")
export class UserPayload {
  @Field(() => User, {
    nullable: true,
  })
  user!: User | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@InputType("DeleteAccountInput")
export class DeleteAccountInput {
  @Field(() => String)
  readonly password!: string;
}

@ObjectType("DeleteAccountPayload")
export class DeleteAccountPayload {
  @Field(() => Boolean)
  ok!: boolean;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType("LogoutPayload")
export class LogoutPayload {
  @Field(() => Boolean)
  ok!: boolean;
}
