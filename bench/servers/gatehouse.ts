import { readConfig } from "../../src/config.js";
import { createServer } from "../../src/server.js";
import { AUTH_SECRET } from "./secret.js";
import { serve } from "./serve.js";

/** The real server. */
serve(async (databaseUrl, settings) => {
  const config = readConfig({
    NODE_ENV: "production",
    PORT: "0",
    DATABASE_URL: databaseUrl,
    AUTH_SECRET,
    LOG_LEVEL: "error",
    RATE_LIMITS: "off",
    ...settings,
  });
  const server = await createServer(config);
  await server.start();
  return { url: new URL("/graphql", server.url).href, close: () => server.close() };
});
