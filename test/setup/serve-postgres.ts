import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/embedded-postgres.js";

/** Run as a process of its own: starts the database in the folder named, prints its address, and exits without stopping it when its input ends. */
const { url } = await startEmbeddedPostgres(process.argv[2] ?? "", pino({ level: "silent" }));
process.stdout.write(`${url}\n`);
process.stdin.once("end", () => process.exit(1)).resume();
