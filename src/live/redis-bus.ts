import { RedisPubSub } from "graphql-redis-subscriptions";
import { type Command, Redis, type RedisOptions } from "ioredis";
import type { Bus } from "./message-bus.js";
import { createWarning, type Warn, type WarningLogger } from "./warning.js";

export interface RedisBusOptions {
  readonly url: string;
  readonly logger: WarningLogger;
  /** Keeps the topics of several systems on one Redis apart. */
  readonly prefix?: string;
}

/** Unanswered messages past which new ones are dropped: a Redis that hangs must not fill the memory. */
const MOST_UNANSWERED = 1000;

const CONNECTION: RedisOptions = {
  connectTimeout: 2000,
  keepAlive: 5000,
  retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1000),
};
/** A hint is worth nothing later, so what cannot be sent now is refused at once. */
const PUBLISHER: RedisOptions = { ...CONNECTION, enableOfflineQueue: false, maxRetriesPerRequest: 0 };
/** Topics are subscribed whenever Redis is there, however long that takes. */
const SUBSCRIBER: RedisOptions = { ...CONNECTION, maxRetriesPerRequest: null };

/** Neither ioredis nor RedisPubSub looks at the outcome of every command, and a rejection unseen ends the process. */
class UnwatchedRedis extends Redis {
  override sendCommand(command: Command, stream?: Parameters<Redis["sendCommand"]>[1]): unknown {
    command.promise.catch(() => {});
    return super.sendCommand(command, stream);
  }
}

/** Starts, and goes on, while Redis is away. */
export function createRedisBus({ url, logger, prefix = "gatehouse:" }: RedisBusOptions): Bus {
  const warn = createWarning(logger);
  const publisher = connect(url, PUBLISHER, warn);
  const subscriber = connect(url, SUBSCRIBER, warn);
  const redis = new RedisPubSub({ publisher, subscriber });
  return {
    publish: publishThrough(redis, prefix, warn),
    subscribe: (topic, listener) => subscribeThrough(redis, `${prefix}${topic}`, guarded(listener, warn)),
    onReconnect: (listener) => void subscriber.on("ready", listener),
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

function connect(url: string, options: RedisOptions, warn: Warn): Redis {
  return new UnwatchedRedis(url, options).on("error", (error) => warn(error, "Redis is away"));
}

function publishThrough(redis: RedisPubSub, prefix: string, warn: Warn): Bus["publish"] {
  let unanswered = 0;
  return (topic, message) => {
    if (unanswered >= MOST_UNANSWERED) return;
    unanswered += 1;
    redis
      .publish(`${prefix}${topic}`, message)
      .catch((error) => warn(error, "A message for other nodes could not be sent; they will poll"))
      .finally(() => {
        unanswered -= 1;
      });
  };
}

/**
 * The second subscription only joins the first: RedisPubSub tells a failure to those who joined, and when nobody has,
 * it is a rejection unseen. Both must be settled before `unsubscribe`, which otherwise leaves an id without a listener.
 */
async function subscribeThrough(redis: RedisPubSub, topic: string, listener: (message: unknown) => void) {
  const ids = await Promise.all([redis.subscribe(topic, listener), redis.subscribe(topic, () => {})]);
  return () => {
    for (const id of ids.splice(0)) redis.unsubscribe(id);
  };
}

function guarded(listener: (message: unknown) => void, warn: Warn): (message: unknown) => void {
  return (message) => {
    try {
      listener(message);
    } catch (error) {
      warn(error, "A message from another node could not be handled");
    }
  };
}
