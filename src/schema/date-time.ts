import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";

const EXAMPLE = "write one as in 2025-09-30T10:00:00Z";

// In UTC: the offset may carry a moment over the edge of the years that RFC 3339 can write, and so the answer.
// The year 0000 it can write, but PostgreSQL has none.
const EARLIEST = Date.parse("0001-01-01T00:00:00.000Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

function parse(value: unknown): Date {
  if (typeof value !== "string") throw new GraphQLError(`A DateTime is a string: ${EXAMPLE}.`);
  const date = parseText(value);
  if (date.getTime() >= EARLIEST && date.getTime() <= LATEST) return date;
  throw new GraphQLError(`"${value.slice(0, 40)}" is, in UTC, outside the years 0001 to 9999: ${EXAMPLE}.`);
}

/** The format and the calendar are graphql-scalars' to check. */
function parseText(value: string): Date {
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
