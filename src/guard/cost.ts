import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import { type Count, countBy, countOf, type Field, type Values } from "./arguments.js";
import { isPage, listSize, longestList, pageSize } from "./list-sizes.js";

/** The number of objects that an operation asks for: some whatever its variables, and some by them. */
export interface Cost {
  readonly fixed: number;
  readonly varying: readonly Varying[];
}

/** So many times itself and what is below it. */
interface Varying {
  readonly size: Count;
  readonly own: number;
  readonly below: Cost;
}

const NOTHING: Cost = { fixed: 0, varying: [] };

export function evaluateCost({ fixed, varying }: Cost, variables: Values): number {
  return varying.reduce(
    (sum, { size, own, below }) => sum + countOf(size, variables) * (own + evaluateCost(below, variables)),
    fixed,
  );
}

/** The defaults of the operation's variables, which stand where none is sent. */
export const variableDefaults = ({ variableDefinitions = [] }: OperationDefinitionNode): Values =>
  Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
    ),
  );

/** Reads the costs of a valid document's operations, each of its fragments once. */
export class CostReader {
  private readonly fragmentCosts = new Map<string, Cost>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  operation({ operation, selectionSet }: OperationDefinitionNode): Cost {
    return this.selections(selectionSet, this.schema.getRootType(operation) ?? undefined, null);
  }

  /** `answered` is the length of the list that the mutation above was given, each item of which has its answer. */
  private selections(
    { selections }: SelectionSetNode,
    parent: GraphQLNamedType | undefined,
    answered: Count | null,
  ): Cost {
    return selections.map((node) => this.selection(node, parent, answered)).reduce(plus, NOTHING);
  }

  private selection(node: SelectionNode, parent: GraphQLNamedType | undefined, answered: Count | null): Cost {
    switch (node.kind) {
      case Kind.FIELD:
        return this.field(node, parent, answered);
      case Kind.INLINE_FRAGMENT: {
        const type = node.typeCondition === undefined ? parent : this.schema.getType(node.typeCondition.name.value);
        return this.selections(node.selectionSet, type, answered);
      }
      case Kind.FRAGMENT_SPREAD:
        return this.fragment(node.name.value, answered);
    }
  }

  private fragment(name: string, answered: Count | null): Cost {
    const known = answered === null ? this.fragmentCosts.get(name) : undefined;
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    if (fragment === undefined) return NOTHING;
    const cost = this.selections(
      fragment.selectionSet,
      this.schema.getType(fragment.typeCondition.name.value),
      answered,
    );
    if (answered === null) this.fragmentCosts.set(name, cost);
    return cost;
  }

  /** Leaves cost nothing, and introspection neither: the specification's rules limit that. */
  private field(node: FieldNode, parent: GraphQLNamedType | undefined, answered: Count | null): Cost {
    if (!(isObjectType(parent) || isInterfaceType(parent)) || node.selectionSet === undefined) return NOTHING;
    const field = parent.getFields()[node.name.value];
    if (field === undefined || !isCompositeType(getNamedType(field.type))) return NOTHING;
    const below = this.selections(node.selectionSet, getNamedType(field.type), this.answeredBy(field, node, parent));
    return times(sizeOf(field, node, parent, answered), isWrapper(parent) ? 0 : 1, below);
  }

  private answeredBy(field: Field, node: FieldNode, parent: GraphQLNamedType): Count | null {
    if (parent !== this.schema.getMutationType()) return null;
    return countBy(field, node.arguments ?? [], (values) => longestList(values) ?? 1);
  }
}

function sizeOf(field: Field, { arguments: given = [] }: FieldNode, parent: GraphQLNamedType, answered: Count | null) {
  if (isPage(field)) return countBy(field, given, pageSize(field));
  if (!isListType(getNullableType(field.type)) || isWrapper(parent)) return 1;
  // What was wrong with one of many items: one thing, as a rule.
  if (getNamedType(field.type).name === "UserError") return 1;
  return answered ?? countBy(field, given, listSize(parent.name, field));
}

/** Connections and edges are the form of a page whose rows have been counted already. */
const isWrapper = ({ name }: GraphQLNamedType): boolean => name.endsWith("Connection") || name.endsWith("Edge");

function times(size: Count, own: number, below: Cost): Cost {
  if (typeof size !== "number") return { fixed: 0, varying: [{ size, own, below }] };
  const varying = below.varying.length === 0 || size === 0 ? [] : [{ size, own: 0, below: { ...below, fixed: 0 } }];
  return { fixed: size * (own + below.fixed), varying };
}

const plus = (a: Cost, b: Cost): Cost => ({
  fixed: a.fixed + b.fixed,
  varying: b.varying.length === 0 ? a.varying : [...a.varying, ...b.varying],
});
