import { readFileSync } from "node:fs";

/** The statement in the file beside this one. */
export const readSql = (name: string): string => readFileSync(new URL(`./${name}.sql`, import.meta.url), "utf8");
