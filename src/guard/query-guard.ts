import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type ParseOptions,
  type ValidationRule,
} from "graphql";
import type { Values } from "./arguments.js";
import { type Cost, CostReader, evaluateCost, variableDefaults } from "./cost.js";
import { limitRule } from "./limit-rule.js";
import { QUERY_LIMITS, tooComplex } from "./limits.js";

/** In objects; as told in `extensions.cost`. */
export interface AskedCost {
  readonly requested: number;
  readonly limit: number;
}

/** The limits on a single operation, the same at every door. */
export interface QueryGuard {
  readonly parseOptions: ParseOptions;
  readonly validationRules: readonly ValidationRule[];
  /** Of an operation of a valid document, with its variables as they were sent. */
  costOf(document: DocumentNode, operation: OperationDefinitionNode, variables: Values | null | undefined): AskedCost;
  /** What is wrong with a cost: null, or QUERY_TOO_COMPLEX. */
  refuse(cost: AskedCost): GraphQLError | null;
}

interface ReadCost extends Cost {
  readonly defaults: Values;
}

/** Each operation is read once, for as long as its document is kept; for each call only what its variables say is counted. */
export function createQueryGuard(schema: GraphQLSchema): QueryGuard {
  const known = new WeakMap<OperationDefinitionNode, ReadCost>();
  function read(document: DocumentNode, operation: OperationDefinitionNode): ReadCost {
    const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    const cost = { ...new CostReader(schema, byName).operation(operation), defaults: variableDefaults(operation) };
    known.set(operation, cost);
    return cost;
  }
  return {
    parseOptions: { maxTokens: QUERY_LIMITS.tokens },
    validationRules: [limitRule],
    costOf: (document, operation, variables) => {
      const cost = known.get(operation) ?? read(document, operation);
      const requested = cost.varying.length === 0 ? cost.fixed : evaluateCost(cost, { ...cost.defaults, ...variables });
      return { requested, limit: QUERY_LIMITS.cost };
    },
    refuse: ({ requested, limit }) =>
      requested > limit
        ? tooComplex(
            `This asks for ${requested} objects, page sizes multiplied down, and ${limit} are the most: ask for smaller pages.`,
          )
        : null,
  };
}
