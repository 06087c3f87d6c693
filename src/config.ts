import { isIP } from "node:net";
import { resolve } from "node:path";
import { StartError } from "./start-error.js";

const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything that can be set from outside. Made once at the start and never changed. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
  /** Null: the server starts its own PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | null;
  /** Null: news travels within this process only. */
  readonly redisUrl: string | null;
  /** `on`, `sharded`: it is a cluster, of which `redisUrl` names some nodes, separated by commas. */
  readonly redisCluster: "off" | "on" | "sharded";
  /** Absolute. */
  readonly dataDir: string;
  /** Null: mail goes into files in `dataDir`. */
  readonly smtpUrl: string | null;
  readonly mailFrom: MailAddress;
  /** The first signs, all verify. Empty: one is made and kept in `dataDir`. */
  readonly authSecrets: readonly string[];
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly holdSeconds: number;
  /** Between saying that it is not ready and closing, for whoever balances the load. */
  readonly drainSeconds: number;
  /** The most that one user may hold of one event. */
  readonly ticketsPerUser: number;
  /** `none`: every payment is declined. */
  readonly paymentProvider: "test" | "none";
  /** Whether this node does background jobs; some node must. */
  readonly jobs: boolean;
  readonly rateLimits: boolean;
  /** Open sockets and event streams on this node, and operations under way on one socket; lifted with the rate limits. */
  /** Objects asked for a minute, and one for each operation. */
  readonly costPerUser: number;
  readonly costPerDevice: number;
  /** Of those who are not signed in. */
  readonly costPerAddress: number;
  /** A minute. */
  readonly loginsPerAccount: number;
  readonly loginsPerAddress: number;
  /** An hour. */
  readonly registrationsPerAddress: number;
  /** Among so many nodes these limits are divided while Redis is away. */
  readonly rateLimitNodes: number;
  readonly socketsPerUser: number;
  readonly socketsPerAddress: number;
  readonly operationsPerSocket: number;
  /** Addresses and networks of proxies whose word on where a request comes from is taken. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: LogLevel;
  /** The absolute paths of the manifests of documents that may be asked for by their hash. */
  readonly trustedDocuments: readonly string[];
  /** Whether nothing but the manifests' documents runs. */
  readonly trustedDocumentsOnly: boolean;
  /** Empty: browsers may call from the server's own pages only. */
  readonly corsOrigins: readonly string[];
  readonly retentionMonths: number;
  /** Who comes back sooner than this after leaving is told of as an anomaly. */
  readonly rapidReentrySeconds: number;
  /** A scanner's clock that is further off is corrected, and told of as an anomaly. */
  readonly clockSkewSeconds: number;
  /** Connections for everything but the gate and reservations. */
  readonly databasePoolSize: number;
  /** Connections for scans: few, since the scans of one venue queue at its row whatever their number. */
  readonly gatePoolSize: number;
  /** Connections for reservations: few, since the buyers of one ticket type queue at its row. */
  readonly salesPoolSize: number;
  /** Whether `/metrics` is there. */
  readonly metrics: boolean;
  /** What one has to bear to read them; null: nothing. */
  readonly metricsToken: string | null;
  /** Null: nothing is traced. */
  readonly tracesUrl: string | null;
  /** The part of the traces begun here that is kept, from 0 to 1. */
  readonly tracesRatio: number;
}

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** A variable has a value that cannot be used. The message names it, and says what to set instead. */
export class ConfigError extends StartError {
  override readonly name = "ConfigError";

  constructor(
    readonly variable: string,
    problem: string,
  ) {
    super(`${variable} ${problem}`);
  }
}

const DAY_SECONDS = 24 * 3600;
const YEAR_SECONDS = 366 * 24 * 3600;
const MOST_COST = 1_000_000_000;
const SECRET_CHARACTERS = 32;
const MAKE_SECRET = "make one with: openssl rand -hex 32";

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const read = reader(env);
  const production = read.oneOf("NODE_ENV", ["development", "test", "production"], "development") === "production";
  const redisCluster = read.oneOf("REDIS_CLUSTER", ["off", "on", "sharded"], "off");
  const databaseUrl = read.url("DATABASE_URL", ["postgresql:", "postgres:"]);
  const smtpUrl = read.url("SMTP_URL", ["smtp:", "smtps:"]);
  const metricsToken = read.text("METRICS_TOKEN");
  return Object.freeze({
    production,
    ...trustedDocuments(read),
    host: read.text("HOST") ?? "127.0.0.1",
    port: read.integer("PORT", { fallback: 4000, least: 0, most: 65_535 }),
    databaseUrl,
    redisUrl: read.url("REDIS_URL", ["redis:", "rediss:"], redisCluster !== "off"),
    redisCluster,
    dataDir: resolve(read.text("DATA_DIR") ?? ".gatehouse"),
    smtpUrl,
    mailFrom: mailFrom(read.text("MAIL_FROM"), smtpUrl),
    authSecrets: authSecrets(read.list("AUTH_SECRET"), { production, databaseUrl }),
    accessTokenSeconds: read.integer("ACCESS_TOKEN_SECONDS", { fallback: 900, least: 1, most: 24 * 3600 }),
    refreshTokenSeconds: read.integer("REFRESH_TOKEN_SECONDS", {
      fallback: 30 * 24 * 3600,
      least: 1,
      most: YEAR_SECONDS,
    }),
    drainSeconds: read.integer("DRAIN_SECONDS", { fallback: production ? 3 : 0, least: 0, most: 60 }),
    holdSeconds: read.integer("HOLD_SECONDS", { fallback: 120, least: 1, most: 24 * 3600 }),
    ticketsPerUser: read.integer("TICKETS_PER_USER", { fallback: 10, least: 1, most: 1000 }),
    paymentProvider: read.oneOf("PAYMENT_PROVIDER", ["test", "none"], production ? "none" : "test"),
    jobs: read.oneOf("JOBS", ["on", "off"], "on") === "on",
    rateLimits: read.oneOf("RATE_LIMITS", ["on", "off"], "on") === "on",
    costPerUser: read.integer("COST_PER_USER", { fallback: 200_000, least: 1, most: MOST_COST }),
    costPerDevice: read.integer("COST_PER_DEVICE", { fallback: 10_000_000, least: 1, most: MOST_COST }),
    costPerAddress: read.integer("COST_PER_ADDRESS", { fallback: 600_000, least: 1, most: MOST_COST }),
    loginsPerAccount: read.integer("LOGINS_PER_ACCOUNT", { fallback: 10, least: 1, most: 1_000_000 }),
    loginsPerAddress: read.integer("LOGINS_PER_ADDRESS", { fallback: 60, least: 1, most: 1_000_000 }),
    registrationsPerAddress: read.integer("REGISTRATIONS_PER_ADDRESS", { fallback: 60, least: 1, most: 1_000_000 }),
    rateLimitNodes: read.integer("RATE_LIMIT_NODES", { fallback: 2, least: 1, most: 1_000 }),
    socketsPerUser: read.integer("SOCKETS_PER_USER", { fallback: 100, least: 1, most: 1_000_000 }),
    socketsPerAddress: read.integer("SOCKETS_PER_ADDRESS", { fallback: 1000, least: 1, most: 1_000_000 }),
    operationsPerSocket: read.integer("OPERATIONS_PER_SOCKET", { fallback: 100, least: 20, most: 1_000_000 }),
    trustedProxies: Object.freeze(read.list("TRUSTED_PROXIES").map(checkedNetwork)),
    logLevel: read.oneOf("LOG_LEVEL", LOG_LEVELS, "info"),
    corsOrigins: Object.freeze(read.list("CORS_ORIGINS").map(checkedOrigin)),
    retentionMonths: read.integer("RETENTION_MONTHS", { fallback: 12, least: 1, most: 120 }),
    rapidReentrySeconds: read.integer("RAPID_REENTRY_SECONDS", { fallback: 300, least: 1, most: DAY_SECONDS }),
    clockSkewSeconds: read.integer("CLOCK_SKEW_SECONDS", { fallback: 120, least: 1, most: DAY_SECONDS }),
    databasePoolSize: read.integer("DATABASE_POOL_SIZE", { fallback: 10, least: 1, most: 1000 }),
    gatePoolSize: read.integer("GATE_POOL_SIZE", { fallback: 4, least: 1, most: 100 }),
    salesPoolSize: read.integer("SALES_POOL_SIZE", { fallback: 8, least: 1, most: 100 }),
    metrics: read.oneOf("METRICS", ["on", "off"], production && metricsToken === null ? "off" : "on") === "on",
    metricsToken,
    tracesUrl: read.url("OTEL_EXPORTER_OTLP_ENDPOINT", ["http:", "https:"]),
    tracesRatio: ratio("OTEL_TRACES_SAMPLER_ARG", read.text("OTEL_TRACES_SAMPLER_ARG") ?? "1"),
  });
}

function trustedDocuments({ list, oneOf }: ReturnType<typeof reader>) {
  const paths = Object.freeze(list("TRUSTED_DOCUMENTS").map((path) => resolve(path)));
  const only = oneOf("TRUSTED_DOCUMENTS_ONLY", ["true", "false"], "false") === "true";
  if (!only || paths.length > 0) return { trustedDocuments: paths, trustedDocumentsOnly: only };
  throw new ConfigError("TRUSTED_DOCUMENTS", "must name the manifest of documents when TRUSTED_DOCUMENTS_ONLY=true.");
}

/** Reads typed values by their variable's name. A blank value counts as none, as in an unfilled `.env`. */
function reader(env: NodeJS.ProcessEnv) {
  const text = (name: string): string | null => env[name]?.trim() || null;
  return {
    text,
    list: (name: string): string[] => (text(name) ?? "").split(",").flatMap((item) => item.trim() || []),
    integer: (name: string, range: IntegerRange): number => integer(name, text(name), range),
    oneOf: <T extends string>(name: string, values: readonly T[], fallback: T): T =>
      oneOf(name, text(name) ?? fallback, values),
    url: (name: string, protocols: readonly string[], many?: boolean): string | null =>
      checkedUrl(name, text(name), protocols, many),
  };
}

interface IntegerRange {
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
}

function integer(name: string, value: string | null, { fallback, least, most }: IntegerRange): number {
  if (value === null) return fallback;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new ConfigError(
    name,
    `must be a whole number from ${least} to ${most}, such as ${fallback}; it is "${value}".`,
  );
}

function ratio(name: string, value: string): number {
  if (/^(0|1|0?\.\d{1,9}|1\.0+)$/.test(value)) return Number(value);
  throw new ConfigError(name, `must be a number from 0 to 1, such as 0.01; it is "${value}".`);
}

function oneOf<T extends string>(name: string, value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new ConfigError(name, `must be one of ${values.join(", ")}; it is "${value}".`);
}

/** Keeps the value out of the message, since an address may carry a password. */
function checkedUrl(name: string, value: string | null, protocols: readonly string[], many = false): string | null {
  const isGood = (address: string): boolean => protocols.includes(URL.parse(address.trim())?.protocol ?? "");
  if (value === null || (many ? value.split(",") : [value]).every(isGood)) return value;
  throw new ConfigError(name, `must be an address that begins with ${protocols[0]}//, such as ${EXAMPLES[name]}.`);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgresql://user:password@127.0.0.1:5432/gatehouse",
  REDIS_URL: "redis://127.0.0.1:6379",
  SMTP_URL: "smtp://user:password@mail.example:587",
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
};

const MAIL_FROM = /^(?:(?<name>[^<>"\p{Cc}]+?)\s*<(?<named>[^\s<>@,;]+@[\w.-]+)>|(?<bare>[^\s<>@,;]+@[\w.-]+))$/u;

/** Only mail that goes nowhere may come from an address that nobody has. */
function mailFrom(value: string | null, smtpUrl: string | null): MailAddress {
  const problem = "such as Gatehouse <tickets@venue.example>";
  if (value === null && smtpUrl !== null) throw new ConfigError("MAIL_FROM", `must be set with SMTP_URL, ${problem}.`);
  const { name, named, bare } = MAIL_FROM.exec(value ?? "Gatehouse <gatehouse@localhost>")?.groups ?? {};
  const address = named ?? bare;
  if (address === undefined) throw new ConfigError("MAIL_FROM", `must be one address, ${problem}.`);
  return Object.freeze({ name: name ?? "Gatehouse", address });
}

function checkedOrigin(value: string): string {
  if (URL.parse(value)?.origin === value) return value;
  throw new ConfigError(
    "CORS_ORIGINS",
    `must list origins such as https://tickets.example, separated by commas, without a path; "${value}" is none.`,
  );
}

const NAMED_NETWORKS = ["loopback", "linklocal", "uniquelocal"];

function checkedNetwork(value: string): string {
  const [address = "", length, ...rest] = value.split("/");
  const most = isIP(address) === 4 ? 32 : 128;
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= most);
  if (NAMED_NETWORKS.includes(value) || (isIP(address) !== 0 && isLength && rest.length === 0)) return value;
  throw new ConfigError(
    "TRUSTED_PROXIES",
    `must list addresses and networks such as 10.0.0.0/8 or loopback, separated by commas; "${value}" is none.`,
  );
}

/** Nodes on one database must share their secrets, so that only a lone node may make up its own. */
function authSecrets(
  secrets: string[],
  { production, databaseUrl }: { production: boolean; databaseUrl: string | null },
): readonly string[] {
  if (secrets.length === 0 && production) {
    throw new ConfigError("AUTH_SECRET", `must be set in production: ${MAKE_SECRET}`);
  }
  if (secrets.length === 0 && databaseUrl !== null) {
    throw new ConfigError("AUTH_SECRET", `must be set with DATABASE_URL, the same on every node: ${MAKE_SECRET}`);
  }
  if (secrets.some((secret) => secret.length < SECRET_CHARACTERS)) {
    throw new ConfigError("AUTH_SECRET", `needs at least ${SECRET_CHARACTERS} characters per secret: ${MAKE_SECRET}`);
  }
  return Object.freeze(secrets);
}
