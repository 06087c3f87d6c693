import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { RateLimited } from "./errors.js";
import type { Asker, OperationRates } from "./live/operation.js";
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

/** Of operations, of which devices', users' and addresses' are counted apart; and each of these throws RateLimited. */
export interface RateLimits extends OperationRates {
  /** A password given for an account, by its e-mail address or its id, whatever comes of it. */
  password(account: string, address: string): Promise<void>;
  registration(address: string): Promise<void>;
  close(): void;
}

const MOST_REFUSED = 100_000;
const MINUTE = 60;
const HOUR = 3_600;
/** Longer than a Redis takes that is well; nobody waits longer for one that hangs. */
const ANSWER_MILLISECONDS = 300;
/** Past which a document, which has a limited number of words, is only one of longer ones. */
const MOST_CHARACTERS = 8_000;

/**
 * In objects. Reading a document takes time by its length, and checking it, at worst, by the square of that: 80 ms for one field 480
 * times in one place.
 */
const costOf = ({ length }: string): number => Math.ceil(length / 10 + (Math.min(length, MOST_CHARACTERS) / 100) ** 2);

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
  const users = new Costs(shared("user", options.costPerUser, MINUTE), options.rateLimitNodes);
  const addresses = new Costs(shared("address", options.costPerAddress, MINUTE), options.rateLimitNodes);
  // A scanner speaks with one node, thousands of times a minute: what it costs is counted there.
  const devices = new Costs(new RateLimiterMemory({ points: options.costPerDevice, duration: MINUTE }), 1);
  const countOf = (who: Asker): readonly [Costs, key: string] => {
    const { viewer } = who;
    if (viewer.kind === "device") return [devices, viewer.deviceId];
    return viewer.kind === "user" ? [users, viewer.userId] : [addresses, who.address];
  };
  return {
    admit: (who) => {
      const [costs, key] = countOf(who);
      costs.admit(key);
    },
    document: (who, text) => {
      const [costs, key] = countOf(who);
      costs.charge(key, costOf(text)).catch(() => {});
    },
    operation: (who, requested) => {
      const [costs, key] = countOf(who);
      return costs.charge(key, 1 + requested);
    },
    password: async (account, address) => {
      await consume(ofAddress, address, 1, "Too many attempts to sign in from this address");
      await consume(ofAccount, digestOf(account), 1, "Too many attempts to sign in to this account");
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
 * those before it, and where more than this node's part of the limit waits for its answer.
 */
class Costs {
  private readonly refusedUntil = new LRUCache<string, number>({ max: MOST_REFUSED });
  private readonly waiting = new Map<string, number>();

  constructor(
    private readonly limiter: RateLimiterAbstract,
    private readonly nodes: number,
  ) {}

  admit(key: string): void {
    const left = (this.refusedUntil.get(key) ?? 0) - Date.now();
    if (left > 0) throw tooMuch(left);
    this.refusedUntil.delete(key);
    if ((this.waiting.get(key) ?? 0) > this.limiter.points / this.nodes) throw tooMuch(ANSWER_MILLISECONDS);
  }

  async charge(key: string, cost: number): Promise<void> {
    this.admit(key);
    const charging = this.consume(key, cost);
    if (this.limiter instanceof RateLimiterMemory) await charging;
    else charging.catch(() => {});
  }

  private async consume(key: string, cost: number): Promise<void> {
    const waits = (more: number) => this.waiting.set(key, (this.waiting.get(key) ?? 0) + more);
    waits(cost);
    try {
      await consume(this.limiter, key, cost, TOO_MUCH);
    } catch (error) {
      if (error instanceof RateLimited) this.refusedUntil.set(key, Date.now() + error.retryAfterSeconds * 1_000);
      throw error;
    } finally {
      waits(-cost);
      if (this.waiting.get(key) === 0) this.waiting.delete(key);
    }
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

/** Of an address as it is written, or an id: keys are seen by whoever operates Redis. */
const digestOf = (account: string): string =>
  createHash("sha256").update(account.normalize("NFC").trim().toLowerCase()).digest("base64url");
