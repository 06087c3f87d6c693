import type { FastifyInstance } from "fastify";
import type { Probe } from "./probe.js";

export interface Health {
  /** From here on the server is not ready, while it still answers what comes. */
  close(): void;
}

/**
 * `/livez`: the process answers. `/readyz`: so does its database, and it is not about to stop. Without Redis it is ready
 * all the same, since everything works, only up to two seconds later: the body says `degraded`.
 */
export function addHealth(app: FastifyInstance, probe: Probe): Health {
  let closing = false;
  app.get("/livez", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    if (closing) return reply.code(503).send({ status: "closing" });
    const [answers, redis] = await Promise.all([probe.databaseAnswers(), probe.redis()]);
    const parts = { database: answers ? "ok" : "away", redis };
    if (!answers) return reply.code(503).send({ status: "unavailable", ...parts });
    return { status: redis === "away" ? "degraded" : "ready", ...parts };
  });
  return {
    close: () => {
      closing = true;
    },
  };
}
