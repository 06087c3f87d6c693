import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";

const EXAMPLE = "write one as in 2025-09-30T10:00:00Z";

/** The format is graphql-scalars' to check; this only demands a string, and a year that a calendar has. */
function parse(value: unknown): Date {
  if (typeof value !== "string") throw new GraphQLError(`A DateTime is a string: ${EXAMPLE}.`);
  try {
    return GraphQLDateTime.parseValue(value);
  } catch {
    throw new GraphQLError(`"${value.slice(0, 40)}" is not an RFC 3339 timestamp with an offset: ${EXAMPLE}.`);
  }
}

export const DateTime = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description: "RFC 3339 timestamp. Input must carry an offset; output is UTC. Example: 2025-09-30T10:00:00Z",
  serialize: (value) => {
    if (value instanceof Date) return value.toISOString();
    throw new TypeError("a DateTime is made from a Date");
  },
  parseValue: parse,
  parseLiteral: (node: ValueNode) => {
    if (node.kind === Kind.STRING) return parse(node.value);
    throw new GraphQLError(`A DateTime is a string: ${EXAMPLE}.`, { nodes: node });
  },
});
