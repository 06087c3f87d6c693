import { generate } from "./generate.js";
import { openQueryLane, type QueryLoad } from "./query-lane.js";

generate<QueryLoad, { readonly totals: object }>(() => ({ totals: {} }), openQueryLane);
