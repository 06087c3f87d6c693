import type { InferEntity } from "@mikro-orm/core";

/** An entity as plain data: every column is there, and null is the only absence. */
export type Row<Schema> = {
  [Name in keyof InferEntity<Schema> as Name extends string ? Name : never]-?: Exclude<
    InferEntity<Schema>[Name],
    undefined
  >;
};
