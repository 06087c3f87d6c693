import { Field, ID, InterfaceType } from "type-graphql";

@InterfaceType("Node", {
  description:
    "An object that can be fetched again by its id through `node`, under the same permissions as through its own field.",
  resolveType: (value: { readonly __typename: string }) => value.__typename,
})
export abstract class Node {
  @Field(() => ID, {
    description:
      "Opaque, globally unique, URL-safe and self-describing: a TypeID such as `evt_01h455vb4pex5vsknk084sn02q`.",
  })
  id!: string;
}
