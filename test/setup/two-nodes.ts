import { afterAll, beforeAll, inject } from "vitest";
import { startGatehouse, type TestGatehouse } from "./server.js";
import { expectCountsRight } from "./verify.js";
import { World } from "./world.js";

/** On one database, with one Redis between them. */
export interface TwoNodes {
  readonly near: TestGatehouse;
  readonly far: TestGatehouse;
  /** Made through the near one. */
  readonly world: World;
}

/** For the tests of a file, after which the counts must be right. To be read only while they run. */
export function startTwoNodes(): TwoNodes {
  let nodes: TwoNodes | undefined;
  const started = (): TwoNodes => {
    if (nodes === undefined) throw new Error("the nodes are started before the tests, and not before that");
    return nodes;
  };
  beforeAll(async () => {
    const redisUrl = inject("redisUrl");
    const near = await startGatehouse({ redisUrl });
    const far = await startGatehouse({ redisUrl, databaseUrl: near.databaseUrl });
    nodes = { near, far, world: new World(near.url) };
  });
  afterAll(async () => {
    const { near, far } = started();
    await expectCountsRight(near);
    await Promise.all([near.close(), far.close()]);
  });
  return {
    get near() {
      return started().near;
    },
    get far() {
      return started().far;
    },
    get world() {
      return started().world;
    },
  };
}
