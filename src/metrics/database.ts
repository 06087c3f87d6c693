import { Gauge, type Registry } from "prom-client";
import type { Probe, RedisState } from "../probe.js";

interface JobRow {
  readonly task: string;
  readonly state: "waiting" | "scheduled" | "running" | "failed";
  readonly count: number;
  /** Seconds since the first of them was due. */
  readonly late: number;
}

interface Seen {
  readonly redis: RedisState;
  /** Null: the database does not answer. */
  readonly jobs: readonly JobRow[] | null;
}

/** However often the figures are asked for, and by however many. */
const KEEP_MILLISECONDS = 5_000;

const JOBS = `
  select task_identifier as task, state, count(*)::int as count, max(extract(epoch from now() - run_at))::float8 as late
  from (
    select task_identifier, run_at,
      case when locked_at is not null then 'running'
        when attempts >= max_attempts then 'failed'
        when run_at <= now() then 'waiting'
        else 'scheduled' end as state
    from graphile_worker.jobs
  ) jobs
  group by task_identifier, state`;

/** The database, Redis and the jobs, asked when the figures are. What does not answer fails none of the others. */
export function measureParts(registry: Registry, probe: Probe): void {
  const look = keeping(async (): Promise<Seen> => {
    const [redis, jobs] = await Promise.all([probe.redis(), readJobs(probe)]);
    return { redis, jobs };
  });
  const registers = [registry];
  new Gauge({
    name: "gatehouse_database_up",
    help: "1 when the database answers, otherwise 0.",
    registers,
    async collect() {
      this.set((await look()).jobs === null ? 0 : 1);
    },
  });
  new Gauge({
    name: "gatehouse_redis_up",
    help: "1 when Redis answers, 0 when it is away; no value without one.",
    registers,
    async collect() {
      const { redis } = await look();
      this.reset();
      if (redis === "none") this.remove();
      else this.set(redis === "ok" ? 1 : 0);
    },
  });
  measureJobs(registry, async () => (await look()).jobs ?? []);
}

/** They are the same on every node: take the largest, not the sum. */
function measureJobs(registry: Registry, look: () => Promise<readonly JobRow[]>): void {
  const registers = [registry];
  new Gauge({
    name: "gatehouse_jobs",
    help: "Jobs in the database, by task: waiting and due, scheduled for later, running, or failed for good.",
    labelNames: ["task", "state"],
    registers,
    async collect() {
      const rows = await look();
      this.reset();
      for (const { task, state, count } of rows) this.set({ task, state }, count);
    },
  });
  new Gauge({
    name: "gatehouse_jobs_oldest_due_seconds",
    help: "For how long the job has been due that has waited longest; 0 when none waits.",
    registers,
    async collect() {
      const waiting = (await look()).filter(({ state }) => state === "waiting");
      this.set(Math.max(0, ...waiting.map(({ late }) => late)));
    },
  });
}

async function readJobs(probe: Probe): Promise<readonly JobRow[] | null> {
  return probe.pool.query<JobRow>(JOBS).then(
    ({ rows }) => rows,
    () => null,
  );
}

function keeping<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let kept: { readonly value: Promise<Value>; readonly until: number } | undefined;
  return () => {
    const now = performance.now();
    if (kept === undefined || now > kept.until) kept = { value: read(), until: now + KEEP_MILLISECONDS };
    return kept.value;
  };
}
