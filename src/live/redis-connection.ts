import { Cluster, Redis, type RedisOptions } from "ioredis";

export interface RedisAddress {
  /** One, or some nodes of a cluster separated by commas. */
  readonly url: string;
  readonly cluster: RedisClusterMode;
}

/** `sharded`: messages stay within the part of the cluster that their topic belongs to. */
export type RedisClusterMode = "off" | "on" | "sharded";

/** Neither ioredis nor RedisPubSub looks at the outcome of every command, and a rejection unseen ends the process. */
class UnwatchedRedis extends Redis {
  override sendCommand(...sent: Parameters<Redis["sendCommand"]>): unknown {
    sent[0].promise.catch(() => {});
    return super.sendCommand(...sent);
  }
}

class UnwatchedCluster extends Cluster {
  override sendCommand(...sent: Parameters<Cluster["sendCommand"]>): unknown {
    sent[0].promise.catch(() => {});
    return super.sendCommand(...sent);
  }
}

/** Connects, and goes on trying to for as long as it is not disconnected. The caller listens for `error`. */
export function connectRedis({ url, cluster }: RedisAddress, options: RedisOptions): Redis | Cluster {
  if (cluster === "off") return new UnwatchedRedis(url, options);
  const nodes = url.split(",").map((node) => node.trim());
  const { username, password, protocol } = new URL(nodes[0] ?? "");
  const { enableOfflineQueue = true, retryStrategy, ...redisOptions } = options;
  return new UnwatchedCluster(nodes, {
    enableOfflineQueue,
    clusterRetryStrategy: (attempt) => retryStrategy?.(attempt) ?? null,
    shardedSubscribers: cluster === "sharded",
    redisOptions: {
      ...redisOptions,
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: decodeURIComponent(password) }),
      ...(protocol === "rediss:" ? { tls: {} } : {}),
    },
  });
}
