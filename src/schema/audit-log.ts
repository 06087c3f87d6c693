import { Field, Int, ObjectType } from "type-graphql";
import { DateTime } from "./date-time.js";
import { PageInfo } from "./page-info.js";

@ObjectType("AuditEntry")
export class AuditEntry {
  @Field(() => DateTime)
  at!: Date;

  @Field(() => String, {
    description: "The mutation's name.",
  })
  action!: string;

  @Field(() => String, {
    description: "What changed, in words, without personal data.",
  })
  summary!: string;
}

@ObjectType("AuditEntryEdge")
export class AuditEntryEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => AuditEntry)
  node!: AuditEntry;
}

@ObjectType("AuditEntryConnection")
export class AuditEntryConnection {
  @Field(() => [AuditEntryEdge])
  edges!: AuditEntryEdge[];

  @Field(() => [AuditEntry])
  nodes!: AuditEntry[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}
