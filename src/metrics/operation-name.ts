import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

export type NameOperation = (document: DocumentNode, operationName: string | null | undefined) => string;

/**
 * What an operation is called in the figures: its root field, which the schema has a limited number of; `several`, or
 * `introspection`. Never what its sender calls it, since everybody could then make up as many names as they like.
 */
export function createNaming(schema: GraphQLSchema): NameOperation {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const known = new Set(roots.flatMap((root) => Object.keys(root?.getFields() ?? {})));
  const names = new WeakMap<OperationDefinitionNode, string>();
  return (document, operationName) => {
    const operation = getOperationAST(document, operationName);
    if (!operation) return "none";
    const name = names.get(operation) ?? nameOf(document, operation, known);
    names.set(operation, name);
    return name;
  };
}

function nameOf(document: DocumentNode, operation: OperationDefinitionNode, known: ReadonlySet<string>): string {
  const fields = new Set(rootFields(document, operation.selectionSet));
  const [only = "none"] = fields;
  if (fields.size > 1) return "several";
  if (only.startsWith("__")) return "introspection";
  return known.has(only) ? only : "none";
}

/** Each fragment once: the document may have been refused, for fragments that contain themselves or more than could ever be expanded. */
function* rootFields(
  document: DocumentNode,
  { selections }: SelectionSetNode,
  seen = new Set<string>(),
): Generator<string> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield selection.name.value;
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* rootFields(document, selection.selectionSet, seen);
    else yield* rootFieldsOf(document, selection.name.value, seen);
  }
}

function* rootFieldsOf(document: DocumentNode, fragment: string, seen: Set<string>): Generator<string> {
  if (seen.has(fragment)) return;
  seen.add(fragment);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION || definition.name.value !== fragment) continue;
    yield* rootFields(document, definition.selectionSet, seen);
  }
}
