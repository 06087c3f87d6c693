import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { Viewer } from "./domain/viewer.js";
import { RateLimited } from "./errors.js";
import { connectRedis, type RedisClusterMode } from "./live/redis-connection.js";

export interface RateLimitOptions {
  /** Null: each node counts for itself. */
  readonly redisUrl: string | null;
  readonly redisCluster: RedisClusterMode;
  /** Among so many nodes the limits are divided while Redis is away. */
  readonly rateLimitNodes: number;
  /** Objects asked for a minute, and one for each operation. */
  readonly costPerUser: number;
  readonly costPerDevice: number;
  readonly costPerAddress: number;
  /** A minute. */
  readonly loginsPerAccount: number;
  readonly loginsPerAddress: number;
  /** An hour. */
  readonly registrationsPerAddress: number;
}

/** The address is asked for only of those who are not signed in. */
export interface Asker {
  readonly viewer: Viewer;
  readonly address: string;
}

/** Each throws RateLimited. */
export interface RateLimits {
  /** An operation of this cost, before it is executed. */
  operation(who: Asker, cost: number): Promise<void>;
  /** An attempt to sign in, whatever comes of it. */
  login(email: string, address: string): Promise<void>;
  registration(address: string): Promise<void>;
  close(): void;
}

const MOST_REFUSED = 100_000;
const MINUTE = 60;
const HOUR = 3_600;
/** Longer than a Redis takes that is well; nobody waits longer for one that hangs. */
const ANSWER_MILLISECONDS = 300;

/** Counts in Redis, for all nodes together, and in this process while Redis does not answer. */
export function createRateLimits(options: RateLimitOptions): RateLimits {
  const redis = options.redisUrl === null ? null : openRedis(options.redisUrl, options.redisCluster);
  const shared = (name: string, points: number, duration: number): RateLimiterAbstract => {
    if (redis === null) return new RateLimiterMemory({ points, duration });
    const insuranceLimiter = new RateLimiterMemory({ points: Math.ceil(points / options.rateLimitNodes), duration });
    const keyPrefix = `gatehouse:limit:${name}`;
    return new RateLimiterRedis({
      storeClient: redis,
      keyPrefix,
      points,
      duration,
      insuranceLimiter,
      rejectIfRedisNotReady: true,
    });
  };
  const ofAccount = shared("login-account", options.loginsPerAccount, MINUTE);
  const ofAddress = shared("login-address", options.loginsPerAddress, MINUTE);
  const registrations = shared("registration", options.registrationsPerAddress, HOUR);
  const users = new Costs(shared("user", options.costPerUser, MINUTE));
  const addresses = new Costs(shared("address", options.costPerAddress, MINUTE));
  // A scanner speaks with one node, thousands of times a minute: what it costs is counted there.
  const devices = new Costs(new RateLimiterMemory({ points: options.costPerDevice, duration: MINUTE }));
  return {
    operation: async (who, cost) => {
      const { viewer } = who;
      if (viewer.kind === "device") await devices.charge(viewer.deviceId, cost);
      else if (viewer.kind === "user") await users.charge(viewer.userId, cost);
      else await addresses.charge(who.address, cost);
    },
    login: async (email, address) => {
      await consume(ofAddress, address, 1, "Too many attempts to sign in from this address");
      await consume(ofAccount, digestOf(email), 1, "Too many attempts to sign in to this account");
    },
    registration: (address) => consume(registrations, address, 1, "Too many registrations from this address"),
    close: () => redis?.disconnect(),
  };
}

function openRedis(url: string, cluster: RedisClusterMode) {
  const redis = connectRedis(
    { url, cluster },
    {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 2_000,
      commandTimeout: ANSWER_MILLISECONDS,
      retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1_000),
    },
  );
  // That Redis is away is told by the bus.
  return redis.on("error", () => {});
}

/**
 * What operations cost. Nobody waits for Redis to say that there is something left: an operation is refused by what Redis said of
 * those before it.
 */
class Costs {
  private readonly refusedUntil = new LRUCache<string, number>({ max: MOST_REFUSED });

  constructor(private readonly limiter: RateLimiterAbstract) {}

  async charge(key: string, cost: number): Promise<void> {
    const left = (this.refusedUntil.get(key) ?? 0) - Date.now();
    if (left > 0) throw tooMuch(left);
    this.refusedUntil.delete(key);
    const charging = consume(this.limiter, key, cost, TOO_MUCH).catch((error: unknown) => {
      if (!(error instanceof RateLimited)) throw error;
      this.refusedUntil.set(key, Date.now() + error.retryAfterSeconds * 1_000);
      throw error;
    });
    if (this.limiter instanceof RateLimiterMemory) await charging;
    else charging.catch(() => {});
  }
}

const TOO_MUCH = "Too much was asked for in a minute";
const tooMuch = (milliseconds: number): RateLimited => refusal(TOO_MUCH, milliseconds);

async function consume(limiter: RateLimiterAbstract, key: string, points: number, what: string): Promise<void> {
  try {
    await limiter.consume(key, points);
  } catch (error) {
    if (error instanceof RateLimiterRes) throw refusal(what, error.msBeforeNext);
    throw error;
  }
}

function refusal(what: string, milliseconds: number): RateLimited {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1_000));
  return new RateLimited(`${what}: try again in ${seconds} seconds.`, seconds);
}

/** Of an address as it is written: keys are seen by whoever operates Redis. */
const digestOf = (email: string): string =>
  createHash("sha256").update(email.normalize("NFC").trim().toLowerCase()).digest("base64url");
