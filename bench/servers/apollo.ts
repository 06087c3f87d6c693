import { recordScan } from "./orm-scan.js";
import { bearerToken, type RecordScanInput, SCAN_SCHEMA } from "./scan-schema.js";
import { type OrmContext, serveOrm } from "./serve-orm.js";

/** One transaction with a locked counter row for each scan. */
serveOrm(() => ({
  typeDefs: SCAN_SCHEMA,
  resolvers: {
    Mutation: {
      recordScan: (_root: unknown, { input }: { input: RecordScanInput }, context: OrmContext) =>
        recordScan(context.em, input, bearerToken(context)),
    },
  },
  // More would only queue at the venue's row.
  connections: 4,
}));
