import { defaultFieldResolver, type GraphQLSchema, isIntrospectionType, isObjectType } from "graphql";
import type { OperationContext } from "../context.js";
import { forbidden, unauthenticated } from "../errors.js";

/** Whether the viewer may have this field of this object. */
export type Rule<Root = never> = (root: Root, context: OperationContext) => boolean | Promise<boolean>;

export interface Policy {
  readonly allows: Rule;
  /** What a caller without the right is told: nothing (null), or an error. */
  readonly otherwise: "null" | "error";
}

/** `Type.field`, or `Type.*` for all of a type's fields. */
export type Policies = Readonly<Record<string, "everyone" | Policy>>;

/**
 * Puts every field under its policy. A field without one is a mistake in the program and stops the start: what nobody
 * thought about is nobody's to read.
 */
export function guardSchema(schema: GraphQLSchema, policies: Policies): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const policy = policies[`${type.name}.${field.name}`] ?? policies[`${type.name}.*`];
      if (policy === undefined) throw new Error(`the field ${type.name}.${field.name} has no policy`);
      if (policy !== "everyone") guard(field, policy);
      if (type === schema.getMutationType()) startAfresh(field);
    }
  }
  return schema;
}

type Field = ReturnType<NonNullable<ReturnType<GraphQLSchema["getQueryType"]>>["getFields"]>[string];

/** Mutations run one after the other, each with its whole payload: nothing that one has read is told by the next. */
function startAfresh(field: Field): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (root, args, context: OperationContext, info) => {
    context.beginMutation();
    return resolve(root, args, context, info);
  };
}

function guard(field: Field, { allows, otherwise }: Policy): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = async (root, args, context: OperationContext, info) => {
    if (await allows(root as never, context)) return resolve(root, args, context, info);
    if (otherwise === "null") return null;
    throw context.viewer.kind === "anonymous" ? unauthenticated() : forbidden("You may not do this.");
  };
}
