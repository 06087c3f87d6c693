import type { preParsingHookHandler } from "fastify";

/** 2 MB take half of it over a line of a megabit. */
const MOST_MILLISECONDS = 30_000;

/**
 * For routes that read the whole body before they answer: one that does not come to its end in time is 408, and its connection ends.
 * Nobody else limits that: Node's own limit is for all routes, and files come for as long as they like.
 */
export const bodyInTime =
  (milliseconds = MOST_MILLISECONDS): preParsingHookHandler =>
  ({ raw }, reply, payload, done) => {
    const late = () => {
      // Nobody reads it: it is not there, as with GET, or was refused for its length or its type.
      if (raw.complete || reply.sent || payload.listenerCount("error") === 0) return;
      reply.header("connection", "close");
      payload.emit(
        "error",
        Object.assign(new Error("The request did not come to its end in time."), { statusCode: 408 }),
      );
    };
    const timer = setTimeout(late, milliseconds).unref();
    const clear = () => clearTimeout(timer);
    raw.once("end", clear);
    reply.raw.once("close", clear);
    done(null, payload);
  };
