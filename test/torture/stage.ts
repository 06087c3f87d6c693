import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openDatabase } from "../../src/database.js";
import { verifyCounts } from "../../src/domain/verify-counts.js";
import { freePort } from "../setup/ports.js";
import { PostgresProcess } from "./postgres-process.js";
import { ServerProcess } from "./server-process.js";

/** A PostgreSQL of its own, as durable as in earnest, and the servers that stand on it. */
export class Stage implements AsyncDisposable {
  readonly servers: ServerProcess[] = [];

  private constructor(
    readonly postgres: PostgresProcess,
    private readonly folder: string,
    private readonly stack: AsyncDisposableStack,
  ) {}

  /** In a new folder within `parent`, which all may enter. */
  static async open(parent = tmpdir()): Promise<Stage> {
    const stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(parent, "gatehouse-torture-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o711);
    const postgres = stack.use(await PostgresProcess.open(folder, await freePort()));
    await postgres.start();
    return new Stage(postgres, folder, stack);
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  /** Ready when it resolves. */
  async addServer(environment: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(), {
      DATABASE_URL: this.databaseUrl,
      AUTH_SECRET: "for-torture-only-for-torture-only-for-torture",
      ACCESS_TOKEN_SECONDS: "86400",
      PAYMENT_PROVIDER: "test",
      RATE_LIMITS: "off",
      DATA_DIR: join(this.folder, `server-${this.servers.length}`),
      ...environment,
    });
    this.servers.push(this.stack.use(server));
    return server.start();
  }

  use<Part extends AsyncDisposable>(part: Part): Part {
    return this.stack.use(part);
  }

  async sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl, application_name: "torture" });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** What is wrong with the counts, in words. */
  async wrongCounts(): Promise<string[]> {
    const settings = { databasePoolSize: 2, gatePoolSize: 1, salesPoolSize: 1 };
    const database = await openDatabase({ databaseUrl: this.databaseUrl, ...settings });
    try {
      return (await verifyCounts(database.orm.em.fork())).map((difference) => JSON.stringify(difference));
    } finally {
      await database.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}
