import fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { digestOf } from "../../src/domain/token.js";
import { type ScanOneRow, scanOne } from "../sql/scan-one.js";
import { bearerToken, keyReused, type RecordScanInput, SCAN_SCHEMA, type ScanContext } from "./scan-schema.js";
import { listen, serve } from "./serve.js";

/** More would only queue at the venue's row, and each commit would find more of them waiting for it. */
const CONNECTIONS = 4;

declare module "mercurius" {
  interface MercuriusContext extends ScanContext {}
}

/** The leanest GraphQL server for Node, which compiles its queries, and one call of a stored function for each scan. */
serve(async (databaseUrl) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS, min: CONNECTIONS, idleTimeoutMillis: 0 });
  const app = fastify();
  await app.register(mercurius, {
    schema: SCAN_SCHEMA,
    jit: 1,
    context: (request): ScanContext => ({ authorization: request.headers.authorization }),
    resolvers: {
      Mutation: {
        recordScan: (_root: unknown, { input }: { input: RecordScanInput }, context: ScanContext) =>
          recordScan(pool, input, bearerToken(context)),
      },
    },
  });
  const url = await listen(app);
  return { url, close: () => app.close().then(() => pool.end()) };
});

async function recordScan(pool: pg.Pool, { key, code, direction }: RecordScanInput, token: string) {
  const { rows } = await pool.query<ScanOneRow>(scanOne(digestOf(token), key, code, direction));
  const [row] = rows;
  if (row?.problem === "KEY_REUSED") return keyReused;
  if (row === undefined || row.problem !== null) throw new Error(row?.problem ?? "no answer");
  const { outcome, reason, capacity_override: capacityOverride, replayed, inside, capacity } = row;
  return {
    scan: { outcome, reason, capacityOverride },
    replayed,
    occupancy: { inside, capacity, available: Math.max(0, capacity - inside), version: Number(row.version) },
    userErrors: [],
  };
}
