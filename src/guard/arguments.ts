import { type ArgumentNode, type GraphQLField, Kind, type ValueNode, valueFromASTUntyped, visit } from "graphql";

export type Field = GraphQLField<unknown, unknown>;

/** By name, as sent: not yet checked. */
export type Values = Readonly<Record<string, unknown>>;

/** A number that is known at once, or only with the variables of the operation. */
export type Count = number | ((variables: Values) => number);

/** Counts at once unless an argument names a variable. What is not given is as the schema's default says. */
export function countBy(field: Field, nodes: readonly ArgumentNode[], count: (values: Values) => number): Count {
  const defaults = Object.fromEntries(field.args.map(({ name, defaultValue }) => [name, defaultValue]));
  const counted = (variables: Values): number => count({ ...defaults, ...given(nodes, variables) });
  return nodes.some(({ value }) => namesVariable(value)) ? counted : counted({});
}

export const countOf = (count: Count, variables: Values): number =>
  typeof count === "number" ? count : count(variables);

function given(nodes: readonly ArgumentNode[], variables: Values): Values {
  const values = nodes.map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function namesVariable(node: ValueNode): boolean {
  let found = false;
  visit(node, {
    [Kind.VARIABLE]: () => {
      found = true;
    },
  });
  return found;
}
