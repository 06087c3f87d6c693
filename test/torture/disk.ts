import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Scenario } from "./scenario.js";
import { Stage } from "./stage.js";
import { endure, type Trouble } from "./trouble.js";

const run = promisify(execFile);
const DISK = "size=300m,mode=711";
/** From large to small, until not a page is left. */
const CHUNKS = [1024 * 1024, 64 * 1024, 4 * 1024];

/** PostgreSQL's disk, which is memory here, is filled to the last page for a while. Needs the right to mount. */
export const disk: Scenario = {
  name: "disk",
  what: "the disk of PostgreSQL is full for a while",
  rounds: 10,
  run: async (random, rounds, report) => {
    await using mounted = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-disk-"));
    mounted.defer(() => rm(folder, { recursive: true }));
    await run("mount", ["-t", "tmpfs", "-o", DISK, "tmpfs", folder]);
    mounted.defer(async () => void (await run("umount", [folder])));
    const stage = mounted.use(await Stage.open(folder));
    return await endure(stage, [full(join(folder, "filling"))], { random, rounds, report });
  },
};

const full = (path: string): Trouble => ({
  told: ["OVERLOADED"],
  make: async ({ stage, evening, random }) => {
    await sleep(random.between(100, 1_000));
    await fill(path);
    await sleep(random.between(500, 4_000));
    await rm(path);
    await stage.postgres.revive();
    return { problems: [], away: await evening.untilServed(), words: "the disk was full" };
  },
});

async function fill(path: string): Promise<void> {
  await using file = await open(path, "w");
  for (const chunk of CHUNKS) {
    const bytes = Buffer.alloc(chunk);
    for (let isFull = false; !isFull; ) {
      isFull = await file.write(bytes).then(
        ({ bytesWritten }) => bytesWritten < chunk,
        () => true,
      );
    }
  }
}
