import { printSchema } from "graphql";
import { apiSchema } from "../../src/resolvers/schema.js";

/** The whole public API, for rivals that answer what is asked of them in a run. */
export const publicSchema = (): string => printSchema(apiSchema());
