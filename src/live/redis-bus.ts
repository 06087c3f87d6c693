import { RedisPubSub } from "graphql-redis-subscriptions";
import type { Cluster, Redis, RedisOptions } from "ioredis";
import type { Bus } from "./message-bus.js";
import { connectRedis, type RedisAddress } from "./redis-connection.js";
import { createWarning, type Warn, type WarningLogger } from "./warning.js";

export interface RedisBusOptions extends RedisAddress {
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

/** Starts, and goes on, while Redis is away. */
export function createRedisBus({ logger, prefix = "gatehouse:", ...address }: RedisBusOptions): Bus {
  const warn = createWarning(logger);
  const publisher = connect(address, PUBLISHER, warn);
  const subscriber = connect(address, SUBSCRIBER, warn);
  const redis =
    address.cluster === "sharded" ? sharded(publisher, subscriber) : new RedisPubSub({ publisher, subscriber });
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

function connect(address: RedisAddress, options: RedisOptions, warn: Warn): Redis | Cluster {
  return connectRedis(address, options).on("error", (error) => warn(error, "Redis is away"));
}

/** The commands of sharded channels under the names that RedisPubSub calls. */
function sharded(publisher: Redis | Cluster, subscriber: Redis | Cluster): RedisPubSub {
  const rename = (redis: Redis | Cluster) =>
    Object.assign(redis, {
      publish: redis.spublish.bind(redis),
      subscribe: redis.ssubscribe.bind(redis),
      unsubscribe: redis.sunsubscribe.bind(redis),
      punsubscribe: async () => 0,
    });
  return new RedisPubSub({
    publisher: rename(publisher) as Redis,
    subscriber: rename(subscriber) as Redis,
    messageEventName: "smessage",
  });
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
