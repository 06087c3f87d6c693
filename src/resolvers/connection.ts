import type { GraphQLResolveInfo } from "graphql";
import type { OperationContext } from "../context.js";
import type { Schema } from "../domain/columns.js";
import type { List } from "../domain/lists.js";
import { type Page, pageArgs } from "../domain/page.js";
import type { Row } from "../entities/row.js";
import type { ConnectionArgs } from "../schema/connection.js";

/** A page as the connection types want it; the rest of the list is counted only when somebody asks. */
export interface Connection<Node> {
  readonly edges: Page<Node>["edges"];
  readonly nodes: readonly Node[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: Promise<number>;
}

export async function connect<Entity extends Schema>(
  { loaders }: OperationContext,
  list: List<Entity>,
  parentId: string,
  args: ConnectionArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Row<Entity>>> {
  const input = isGiven(info, "first") ? args : { ...args, first: null };
  const page = await loaders.page(list, pageArgs(input), parentId);
  return {
    edges: page.edges,
    nodes: page.edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: page.edges[0]?.cursor ?? null,
      endCursor: page.edges.at(-1)?.cursor ?? null,
    },
    // A getter, since type-graphql reads a plain field and calls no function that it finds there.
    get totalCount() {
      return loaders.count(list, parentId);
    },
  };
}

/** Whether the client gave the argument itself, a variable with a value included; the default is no word of theirs. */
function isGiven({ fieldNodes, variableValues }: GraphQLResolveInfo, name: string): boolean {
  const value = fieldNodes[0]?.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value === undefined) return false;
  return value.kind !== "Variable" || variableValues[value.name.value] !== undefined;
}
