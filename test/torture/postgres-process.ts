import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { pino } from "pino";
import { type Cluster, openCluster, type RunningCluster, startCluster } from "../../src/postgres/cluster.js";
import { isAlive, postmasterPid } from "../../src/postgres/postmaster.js";

/** Sessions outlive a postmaster that was killed by a moment, and nothing can begin before they have gone. */
const START_ATTEMPTS = 50;
const START_PAUSE_MILLISECONDS = 100;
const REVIVE_MILLISECONDS = 2_000;

/** A PostgreSQL of its own that can be killed and started again on what it has, under its address. */
export class PostgresProcess implements AsyncDisposable {
  private running: RunningCluster | null = null;

  private constructor(
    private readonly cluster: Cluster,
    private readonly password: string,
    private readonly port: number,
  ) {}

  /** In a folder that all may enter. It does not run yet. */
  static async open(folder: string, port: number): Promise<PostgresProcess> {
    const password = randomUUID();
    return new PostgresProcess(await openCluster(folder, password, pino({ level: "silent" })), password, port);
  }

  get url(): string {
    return `postgresql://postgres:${this.password}@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves when it answers. */
  async start(): Promise<this> {
    for (let attempt = 1; this.running === null; attempt += 1) {
      try {
        this.running = await startCluster(this.cluster, { port: String(this.port), max_connections: "100" });
      } catch (error) {
        if (attempt === START_ATTEMPTS) throw error;
        await sleep(START_PAUSE_MILLISECONDS);
      }
    }
    return this;
  }

  /** SIGKILL, and PostgreSQL has to recover from its log; SIGQUIT, its "immediate" shutdown, which ends every session at once. */
  async end(signal: "SIGKILL" | "SIGQUIT"): Promise<void> {
    const pid = await postmasterPid(this.cluster.folder);
    if (pid !== null && isAlive(pid)) process.kill(pid, signal);
    while (await this.answers()) await sleep(10);
    // It is gone already: what is left to do is to forget it.
    await this.running?.stop().catch(() => {});
    this.running = null;
  }

  /** Starts it again if it has given up by itself, and not only come back. */
  async revive(): Promise<void> {
    for (let waited = 0; waited < REVIVE_MILLISECONDS; waited += START_PAUSE_MILLISECONDS) {
      if (await this.answers()) return;
      await sleep(START_PAUSE_MILLISECONDS);
    }
    await this.end("SIGKILL");
    await this.start();
  }

  async terminateBackends(): Promise<number> {
    const client = new pg.Client({ connectionString: this.url, application_name: "torture" });
    await client.connect();
    try {
      const { rowCount } = await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> 'torture'
          and xact_start is not null`);
      return rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url, application_name: "torture" });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running?.stop();
    this.running = null;
  }
}
