import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
  isScalarType,
} from "graphql";

type Input = Readonly<Record<string, unknown>>;

/** `mutation.path` of every argument of this scalar; in lists, that of the first item: `reserveTickets.items.0.quantity`. */
export function argumentsOf(schema: GraphQLSchema, scalar: string): string[] {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  return mutations.flatMap(({ name, args }) =>
    args.flatMap(({ type }) =>
      leaves(type)
        .filter((leaf) => leaf.scalar === scalar)
        .map(({ path }) => [name, ...path].join(".")),
    ),
  );
}

/** `Type.field.path` of every argument of this scalar, of all fields but mutations. */
export function readArgumentsOf(schema: GraphQLSchema, scalar: string): string[] {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type));
  const reads = types.filter((type) => type !== schema.getMutationType() && !type.name.startsWith("__"));
  return reads.flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) =>
      field.args.flatMap((argument) =>
        leaves(argument.type)
          .filter((leaf) => leaf.scalar === scalar)
          .map(({ path }) => [type.name, field.name, argument.name, ...path].join(".")),
      ),
    ),
  );
}

function leaves(given: GraphQLInputType): { readonly path: readonly string[]; readonly scalar: string }[] {
  const type = getNullableType(given);
  const below = (step: string, inner: GraphQLInputType) =>
    leaves(inner).map(({ path, scalar }) => ({ path: [step, ...path], scalar }));
  if (isListType(type)) return below("0", type.ofType);
  if (isInputObjectType(type)) return Object.values(type.getFields()).flatMap((field) => below(field.name, field.type));
  return isScalarType(type) ? [{ path: [], scalar: type.name }] : [];
}

/** The input with another value at the path; what is missing on the way is made. */
export function withValue(input: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  if (/^\d+$/.test(step)) {
    const items = Array.isArray(input) ? [...input] : [];
    items[Number(step)] = withValue(items[Number(step)], rest, value);
    return items;
  }
  return { ...(input as Input | undefined), [step]: withValue((input as Input | undefined)?.[step], rest, value) };
}

/** What stands at the path; undefined where nothing does. */
export const valueAt = (input: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, step) => (value as Input | undefined)?.[step], input);
