import { readConfig } from "../../src/config.js";
import { createServer } from "../../src/server.js";
import { serve } from "./serve.js";

/** The real server. */
serve(async (databaseUrl) => {
  const config = readConfig({
    NODE_ENV: "production",
    PORT: "0",
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: "of-the-benchmark-of-the-benchmark-of-the-benchmark",
    LOG_LEVEL: "error",
    RATE_LIMITS: "off",
  });
  const server = await createServer(config);
  await server.start();
  return { url: new URL("/graphql", server.url).href, close: () => server.close() };
});
