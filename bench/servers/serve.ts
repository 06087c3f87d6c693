import { answerOrders } from "../orders.js";

export interface ServerOrder {
  readonly databaseUrl: string;
}

export interface Serving {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the server when the parent names its database, and closes it when the parent lets go. */
export function serve(start: (databaseUrl: string) => Promise<Serving>): void {
  let serving: Serving | undefined;
  answerOrders(
    async ({ databaseUrl }: ServerOrder) => {
      serving = await start(databaseUrl);
      return serving.url;
    },
    async () => serving?.close(),
  );
}
