import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";

/** Whether the operation asks for any of the fields below this one's field `parent`, through fragments too. */
export function asksFor(info: GraphQLResolveInfo, parent: string, fields: readonly string[]): boolean {
  return info.fieldNodes
    .flatMap((node) => fieldsOf(node.selectionSet, info))
    .filter((node) => node.name.value === parent)
    .flatMap((node) => fieldsOf(node.selectionSet, info))
    .some((node) => fields.includes(node.name.value));
}

function fieldsOf(selectionSet: SelectionSetNode | undefined, info: GraphQLResolveInfo): FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : info.fragments[selection.name.value];
    return fieldsOf(fragment?.selectionSet, info);
  });
}
