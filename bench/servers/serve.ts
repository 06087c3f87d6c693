import type { FastifyInstance } from "fastify";
import { answerOrders } from "../orders.js";
import { readMemory } from "./memory.js";
import { countStatements, recordStatements, type Statement } from "./statements.js";

/** Variables of the environment that Gatehouse would have; rivals read those that concern them. */
export type ServerSettings = Readonly<Record<string, string>>;

export type ServerOrder =
  /** Answers the address of the GraphQL endpoint. */
  | { readonly order: "start"; readonly databaseUrl: string; readonly settings: ServerSettings }
  | { readonly order: "count-statements" }
  /** Answers how many the process has sent since the order to count them. */
  | { readonly order: "tell-statements" }
  | { readonly order: "record-statements" }
  /** Answers those since the order to record them, with their values as JSON. */
  | { readonly order: "tell-recorded" }
  /** Answers the bytes that the process has in memory when all garbage is gone: it must run with --expose-gc. */
  | { readonly order: "tell-memory" };

export interface Serving {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the server when the parent names its database, and closes it when the parent lets go. */
export function serve(start: (databaseUrl: string, settings: ServerSettings) => Promise<Serving>): void {
  let serving: Serving | undefined;
  let tellStatements = (): number => 0;
  let tellRecorded = (): Statement[] => [];
  answerOrders(
    async (asked: ServerOrder) => {
      if (asked.order === "tell-statements") return tellStatements();
      if (asked.order === "count-statements") {
        tellStatements = countStatements();
        return null;
      }
      if (asked.order === "tell-memory") return await readMemory();
      if (asked.order === "tell-recorded") return tellRecorded();
      if (asked.order === "record-statements") {
        tellRecorded = recordStatements();
        return null;
      }
      serving = await start(asked.databaseUrl, asked.settings);
      return serving.url;
    },
    async () => serving?.close(),
  );
}

/** Answers the address of `/graphql`. */
export async function listen(app: FastifyInstance): Promise<string> {
  const origin = await app.listen({ host: "127.0.0.1", port: 0 });
  return new URL("/graphql", origin).href;
}
