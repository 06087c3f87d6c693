import { isDeepStrictEqual } from "node:util";
import type { Child } from "./child.js";
import type { Measurement } from "./load/order.js";
import type { ServerSettings } from "./servers/serve.js";

/** What is measured in its turn. No two of all suites have the same name. */
export interface Case {
  readonly name: string;
  readonly label: string;
  /** Whose address the requests go to: a server's name, or that of a database with nothing before it. */
  readonly target: string;
  readonly connections: number;
  /** In the first round. Code that V8 has not yet optimised takes twice the time: 20,000 requests or so make it fast. */
  readonly warmUpSeconds: number;
}

/** The medians of each case, by its name. */
export type Medians = ReadonlyMap<string, Measurement>;

export interface Aim {
  readonly text: string;
  /** Empty: only told. */
  readonly goal: string;
  /** Null: not all that it compares was measured. */
  reached(medians: Medians): { readonly value: string; readonly isMet: boolean } | null;
}

export interface Server {
  /** Its own and that of its database, a copy of the world; `gatehouse` has the original. */
  readonly name: string;
  /** In `servers/`. */
  readonly program: string;
  readonly settings?: ServerSettings;
}

/** Where a world is to be made. */
export interface Place {
  readonly apiUrl: string;
  readonly databaseUrl: string;
}

/** All that was answered, for what the counts at the end must be. */
export interface End<World, Totals> {
  readonly world: World;
  /** By target; those alone that were measured. */
  readonly totals: ReadonlyMap<string, Totals>;
  readonly apiUrl: string;
  databaseUrl(target: string): string;
}

/** A world, who serves it, and what is asked of them. */
export interface Plan<World, Totals, Measured extends Case> {
  readonly name: string;
  /** What is counted per second. */
  readonly unit: string;
  readonly cases: readonly Measured[];
  readonly aims: readonly Aim[];
  readonly worldName: string;
  makeWorld(place: Place): Promise<World>;
  readonly servers: readonly Server[];
  /** Copies of the world that no server serves. */
  readonly bareDatabases?: readonly string[];
  /** SQL that every copy is given. */
  readonly preparation?: string;
  /** In `load/`. */
  readonly generator: string;
  /** What the generator is told of the case besides where and how long. */
  load(measured: Measured, world: World): object;
  /** A column of its own in the table, found out before anything is measured. */
  readonly column?: {
    readonly heading: string;
    read(server: Child, apiUrl: string, world: World): Promise<string>;
  };
  /** Throws when the counts at the end are not those of the answers. */
  check(end: End<World, Totals>): Promise<void>;
}

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  /** The names of the cases to be measured. */
  readonly only: ReadonlySet<string>;
  /** How many are made of a past. */
  readonly scans: number;
  /** How many watch, in turn. */
  readonly subscribers: readonly number[];
  /** The folder for a profile of Gatehouse. */
  readonly profile: string | null;
}

/** The dividend's rate to the divisor's. */
export const ratioAtLeast =
  (least: number, of: string, to: string): Aim["reached"] =>
  (medians) => {
    const [dividend, divisor] = [medians.get(of), medians.get(to)];
    if (dividend === undefined || divisor === undefined) return null;
    const ratio = dividend.perSecond / divisor.perSecond;
    return { value: ratio.toFixed(2), isMet: ratio >= least };
  };

/** Throws when a count is not that of the answers; `where` it was counted is told. */
export function expectSame<Totals extends object>(where: string, counted: Totals, answered: Totals): void {
  if (isDeepStrictEqual({ ...counted }, { ...answered })) return;
  throw new Error(`${where} counts ${JSON.stringify(counted)}; the answers were ${JSON.stringify(answered)}`);
}
