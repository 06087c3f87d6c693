import { ApolloServer } from "@apollo/server";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import { MikroORM } from "@mikro-orm/postgresql";
import fastify from "fastify";
import { ormOptions } from "../../mikro-orm.config.js";
import { recordScan } from "./orm-scan.js";
import { bearerToken, listen, type RecordScanInput, SCAN_SCHEMA, type ScanContext } from "./scan-schema.js";
import { serve } from "./serve.js";

/** More would only queue at the venue's row. */
const CONNECTIONS = 4;

/** What many a project does: Apollo Server, an ORM, and one transaction with a locked counter row for each scan. */
serve(async (databaseUrl) => {
  const orm = await MikroORM.init({
    ...ormOptions,
    clientUrl: databaseUrl,
    pool: { min: CONNECTIONS, max: CONNECTIONS },
  });
  const app = fastify();
  const apollo = new ApolloServer<ScanContext>({
    typeDefs: SCAN_SCHEMA,
    resolvers: {
      Mutation: {
        recordScan: (_root: unknown, { input }: { input: RecordScanInput }, context: ScanContext) =>
          recordScan(orm.em.fork(), input, bearerToken(context)),
      },
    },
    introspection: false,
    stopOnTerminationSignals: false,
    plugins: [fastifyApolloDrainPlugin(app)],
  });
  await apollo.start();
  await app.register(fastifyApollo(apollo), {
    context: async (request): Promise<ScanContext> => ({ authorization: request.headers.authorization }),
  });
  const url = await listen(app);
  return { url, close: () => apollo.stop().then(() => orm.close()) };
});
