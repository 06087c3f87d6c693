import { Field, Float, Int, ObjectType } from "type-graphql";
import { Event } from "./event.js";
import { PageInfo } from "./page-info.js";

@ObjectType("NearbyEventEdge")
export class NearbyEventEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Event)
  node!: Event;

  @Field(() => Float)
  distanceKm!: number;
}

@ObjectType("NearbyEventConnection")
export class NearbyEventConnection {
  @Field(() => [NearbyEventEdge])
  edges!: NearbyEventEdge[];

  @Field(() => [Event])
  nodes!: Event[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}
