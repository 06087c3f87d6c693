import { ApolloServer, type ApolloServerOptionsWithTypeDefs } from "@apollo/server";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import { type EntityManager, MikroORM } from "@mikro-orm/postgresql";
import fastify from "fastify";
import { ormOptions } from "../../mikro-orm.config.js";
import { listen, type ServerSettings, serve } from "./serve.js";

/** One request's, with a unit of work of its own. */
export interface OrmContext {
  readonly authorization: string | undefined;
  readonly em: EntityManager;
}

export interface Rival {
  readonly typeDefs: string;
  readonly resolvers: NonNullable<ApolloServerOptionsWithTypeDefs<OrmContext>["resolvers"]>;
  /** To the database, kept open. */
  readonly connections: number;
}

/** What many a project does: Apollo Server and an ORM. */
export function serveOrm(rival: (settings: ServerSettings) => Rival): void {
  serve(async (databaseUrl, settings) => {
    const { connections, typeDefs, resolvers } = rival(settings);
    const orm = await MikroORM.init({
      ...ormOptions,
      clientUrl: databaseUrl,
      pool: { min: connections, max: connections },
    });
    const app = fastify();
    const apollo = new ApolloServer<OrmContext>({
      typeDefs,
      resolvers,
      introspection: false,
      stopOnTerminationSignals: false,
      plugins: [fastifyApolloDrainPlugin(app)],
    });
    await apollo.start();
    await app.register(fastifyApollo(apollo), {
      context: async ({ headers }): Promise<OrmContext> => ({
        authorization: headers.authorization,
        em: orm.em.fork(),
      }),
    });
    const url = await listen(app);
    return { url, close: () => apollo.stop().then(() => orm.close()) };
  });
}
