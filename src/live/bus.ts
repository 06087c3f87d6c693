import { createLocalBus } from "./local-bus.js";
import type { Bus } from "./message-bus.js";
import { createRedisBus, type RedisBusOptions } from "./redis-bus.js";

export interface BusOptions extends Omit<RedisBusOptions, "url"> {
  /** Null: this node has no others. */
  readonly redisUrl: string | null;
}

export function createBus({ redisUrl, ...options }: BusOptions): Bus {
  return redisUrl === null ? createLocalBus() : createRedisBus({ url: redisUrl, ...options });
}
