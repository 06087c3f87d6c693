import { readConfig } from "./config.js";
import { StartError } from "./start-error.js";

/** Less than it is usually given before it is killed; and so much more than it drains, where that takes longer. */
const STOP_SECONDS = 14;
const AFTER_DRAINING_SECONDS = 10;

/** What the operator can mend is told in a sentence; everything else with its stack. */
function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  const config = readConfig();
  // Before what it traces is loaded; and where nothing is traced, nothing of it is loaded.
  const { tracesUrl: url, tracesRatio: ratio } = config;
  const tracing = url === null ? null : (await import("./tracing.js")).startTracing({ url, ratio });
  const { createServer } = await import("./server.js");
  const server = await createServer(config);
  const close = () => server.close().finally(() => tracing?.stop());
  const stop = (): void => {
    const seconds = Math.max(STOP_SECONDS, config.drainSeconds + AFTER_DRAINING_SECONDS);
    setTimeout(() => {
      console.error(
        `Not everything has ended in ${seconds} seconds: stopping all the same. What was answered is stored.`,
      );
      process.exit(1);
    }, seconds * 1_000).unref();
    close().catch((error: unknown) => {
      process.exitCode = 1;
      console.error(explain(error));
    });
  };
  // A terminal's Ctrl-C reaches the process twice when npm stands between: closing is asked for once or more.
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  await server.start();
} catch (error) {
  process.exitCode = 1;
  console.error(explain(error));
}
