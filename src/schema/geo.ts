import { Field, Float, InputType, ObjectType } from "type-graphql";

@ObjectType("GeoPoint", {
  description: "WGS 84 degrees.",
})
export class GeoPoint {
  @Field(() => Float)
  latitude!: number;

  @Field(() => Float)
  longitude!: number;
}

@InputType("GeoPointInput")
export class GeoPointInput {
  @Field(() => Float)
  readonly latitude!: number;

  @Field(() => Float)
  readonly longitude!: number;
}
