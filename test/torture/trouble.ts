import { Evening } from "./evening.js";
import type { Random } from "./random.js";
import type { Scenario, Verdict } from "./scenario.js";
import type { ServerProcess } from "./server-process.js";
import { Stage } from "./stage.js";

export interface Scene {
  readonly stage: Stage;
  /** The only one. */
  readonly server: ServerProcess;
  readonly evening: Evening;
  readonly random: Random;
  readonly report: (line: string) => void;
}

/** One round of something terrible. Answers when all is as it was before. */
export interface Trouble {
  readonly make: (scene: Scene) => Promise<Aftermath>;
  /** What may be told in place of an answer meanwhile. */
  readonly told: readonly string[];
}

export interface Aftermath {
  readonly problems: readonly string[];
  /** Milliseconds until it served again. */
  readonly away: number;
  readonly words: string;
}

/** Small, so that they can be exhausted: of the gates, sales and the rest. */
const POOLS = { GATE_POOL_SIZE: "4", SALES_POOL_SIZE: "4", DATABASE_POOL_SIZE: "4" };
export const CONNECTIONS = 12;

/** Buyers never have enough, and nobody ends their holds. */
const EVENING = { TICKETS_PER_USER: "1000", HOLD_SECONDS: "7200", DRAIN_SECONDS: "1", ...POOLS };

/** An evening on a stage of its own with the rounds of all the troubles, one after the other. */
export const duringEvening =
  (...troubles: readonly Trouble[]): Scenario["run"] =>
  async (random, rounds, report) => {
    await using stage = await Stage.open();
    return await endure(stage, troubles, { random, rounds, report });
  };

/** The stage's server is made. */
export async function endure(
  stage: Stage,
  troubles: readonly Trouble[],
  { random, rounds, report }: Pick<Scene, "random" | "report"> & { readonly rounds: number },
): Promise<Verdict> {
  const server = await stage.addServer(EVENING);
  const evening = await Evening.open(stage, random);
  const scene = { stage, server, evening, random, report };
  evening.begin();
  const aftermaths: Aftermath[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { make } of troubles) {
      const aftermath = await make(scene);
      aftermaths.push(aftermath);
      report(`round ${round + 1} of ${rounds}: ${aftermath.words}, served again after ${aftermath.away.toFixed(0)} ms`);
    }
  }
  report(`told meanwhile: ${JSON.stringify(evening.faults)}`);
  const { problems, acknowledged } = await evening.end(troubles.flatMap(({ told }) => told));
  return {
    problems: [...aftermaths.flatMap((aftermath) => aftermath.problems), ...problems],
    figures: { acknowledged, away: aftermaths.map(({ away }) => away) },
  };
}
