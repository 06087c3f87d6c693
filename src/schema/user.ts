import { Field, Int, ObjectType } from "type-graphql";
import { OptionalMail, Role } from "../entities/user.js";
import { DateTime } from "./date-time.js";
import { GeoPoint } from "./geo.js";
import { Node } from "./node.js";
import { PageInfo } from "./page-info.js";

@ObjectType("User", {
  implements: Node,
  description: "A person. Every user may create venues and events, and owns what they create.",
})
export class User extends Node {
  @Field(() => String)
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: "Visible to the user and to admins; null to everybody else.",
  })
  email!: string | null;

  @Field(() => Role)
  role!: Role;

  @Field(() => GeoPoint, {
    nullable: true,
    description: "Where recommendations are centred. Visible to the user alone.",
  })
  location!: GeoPoint | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => [OptionalMail], {
    nullable: true,
    description: "The kinds of mail that the user has turned off. Visible to the user alone.",
  })
  mailOptOut!: OptionalMail[] | null;
}

@ObjectType("UserEdge")
export class UserEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => User)
  node!: User;
}

@ObjectType("UserConnection")
export class UserConnection {
  @Field(() => [UserEdge])
  edges!: UserEdge[];

  @Field(() => [User])
  nodes!: User[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}
