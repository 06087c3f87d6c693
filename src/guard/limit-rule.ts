import type { ASTVisitor, ValidationContext } from "graphql";
import { QUERY_LIMITS, tooComplex } from "./limits.js";
import { measureShape, type Shape } from "./shape.js";

const { depth, rootFields, fields, aliases, directives } = QUERY_LIMITS;

/** What is too much, and what to do about it. */
const LIMITS: readonly (readonly [of: keyof Shape, most: number, problem: string])[] = [
  ["depth", depth, `It may be ${depth} fields deep, and fragments may not lead back to themselves: ask in parts.`],
  ["rootFields", rootFields, `It may begin with ${rootFields} fields: ask in parts.`],
  ["fields", fields, `It may have ${fields} fields, those of fragments counted at each use: ask in parts.`],
  ["aliases", aliases, `It may have ${aliases} aliases, those of fragments counted at each use: ask in parts.`],
  ["directives", directives, `It may have ${directives} directives, those of fragments counted at each use.`],
];

/** Refuses a document as QUERY_TOO_COMPLEX by its form alone. Its cost is counted with the variables. */
export const limitRule = (context: ValidationContext): ASTVisitor => ({
  Document: (document) => {
    const shape = measureShape(document);
    for (const [of, most, problem] of LIMITS) {
      if (shape[of] > most) context.reportError(tooComplex(`This document asks for too much. ${problem}`));
    }
  },
});
