import { createLocalBus } from "./local-bus.js";
import type { Bus } from "./message-bus.js";
import { createRedisBus, type RedisBusOptions } from "./redis-bus.js";
import type { RedisClusterMode } from "./redis-connection.js";

export interface BusOptions extends Omit<RedisBusOptions, "url" | "cluster"> {
  /** Null: this node has no others. */
  readonly redisUrl: string | null;
  readonly redisCluster: RedisClusterMode;
}

export function createBus({ redisUrl, redisCluster: cluster, ...options }: BusOptions): Bus {
  return redisUrl === null ? createLocalBus() : createRedisBus({ url: redisUrl, cluster, ...options });
}
