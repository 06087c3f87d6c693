import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** What can be told of a selection without knowing the schema. What a fragment has counts wherever it is used. */
export interface Shape {
  /** Fields within fields; infinite in a cycle of fragments. */
  readonly depth: number;
  /** At the selection's own level. */
  readonly rootFields: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
}

const NOTHING: Shape = { depth: 0, rootFields: 0, fields: 0, aliases: 0, directives: 0 };
const ENDLESS: Shape = { ...NOTHING, depth: Number.POSITIVE_INFINITY };

/** The largest of everything among the document's operations and fragments. Takes time by its length, whatever it spreads. */
export function measureShape(document: DocumentNode): Shape {
  const measurer = new Measurer(document);
  return document.definitions.reduce((largest, definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) return largest;
    const shape = measurer.measure(definition.selectionSet);
    if (definition.kind === Kind.FRAGMENT_DEFINITION) return larger(largest, { ...shape, rootFields: 0 });
    const own = directivesOf([definition, ...(definition.variableDefinitions ?? [])]);
    return larger(largest, { ...shape, directives: shape.directives + own });
  }, NOTHING);
}

class Measurer {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Each is measured once, or ten spreads in each of ten fragments would be as many steps as they stand for. */
  private readonly measured = new Map<string, Shape>();

  constructor({ definitions }: DocumentNode) {
    const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  measure({ selections }: SelectionSetNode): Shape {
    return selections.map((selection) => this.selection(selection)).reduce(together, NOTHING);
  }

  private selection(node: SelectionNode): Shape {
    const directives = directivesOf([node]);
    if (node.kind === Kind.FIELD) {
      const below = node.selectionSet === undefined ? NOTHING : this.measure(node.selectionSet);
      const aliases = node.alias === undefined ? 0 : 1;
      // How deep introspection may go is limited by the specification's rules, and its usual query goes far.
      const depth = node.name.value.startsWith("__") ? 1 : below.depth + 1;
      return together({ depth, rootFields: 1, fields: 1, aliases, directives }, { ...below, depth: 0, rootFields: 0 });
    }
    const inside = node.kind === Kind.INLINE_FRAGMENT ? this.measure(node.selectionSet) : this.spread(node.name.value);
    return { ...inside, directives: inside.directives + directives };
  }

  /** Nothing for a fragment that is not there, which is for the specification's rules to tell. */
  private spread(name: string): Shape {
    const known = this.measured.get(name);
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    if (fragment === undefined) return NOTHING;
    this.measured.set(name, ENDLESS);
    const shape = this.measure(fragment.selectionSet);
    this.measured.set(name, shape);
    return shape;
  }
}

const directivesOf = (nodes: readonly { readonly directives?: readonly unknown[] | undefined }[]): number =>
  nodes.reduce((sum, { directives = [] }) => sum + directives.length, 0);

const together = (a: Shape, b: Shape): Shape => ({
  depth: Math.max(a.depth, b.depth),
  rootFields: a.rootFields + b.rootFields,
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
});

const larger = (a: Shape, b: Shape): Shape => ({
  depth: Math.max(a.depth, b.depth),
  rootFields: Math.max(a.rootFields, b.rootFields),
  fields: Math.max(a.fields, b.fields),
  aliases: Math.max(a.aliases, b.aliases),
  directives: Math.max(a.directives, b.directives),
});
