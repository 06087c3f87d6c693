import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../src/config.js";

const secret = "s".repeat(32);
const otherSecret = "t".repeat(40);
const databaseUrl = "postgresql://gatehouse:hunter2@db.example/gatehouse";

describe("the defaults", () => {
  it("serve on this machine alone, with an embedded database and no Redis", () => {
    expect(readConfig({})).toEqual({
      production: false,
      host: "127.0.0.1",
      port: 4000,
      databaseUrl: null,
      redisUrl: null,
      redisCluster: "off",
      dataDir: resolve(".gatehouse"),
      smtpUrl: null,
      mailFrom: { name: "Gatehouse", address: "gatehouse@localhost" },
      authSecrets: [],
      accessTokenSeconds: 900,
      refreshTokenSeconds: 2_592_000,
      drainSeconds: 0,
      holdSeconds: 120,
      ticketsPerUser: 10,
      paymentProvider: "test",
      jobs: true,
      rateLimits: true,
      costPerUser: 200_000,
      costPerDevice: 10_000_000,
      costPerAddress: 600_000,
      loginsPerAccount: 10,
      loginsPerAddress: 60,
      registrationsPerAddress: 60,
      rateLimitNodes: 2,
      socketsPerUser: 100,
      socketsPerAddress: 1_000,
      operationsPerSocket: 100,
      trustedProxies: [],
      logLevel: "info",
      trustedDocuments: [],
      trustedDocumentsOnly: false,
      corsOrigins: [],
      retentionMonths: 12,
      rapidReentrySeconds: 300,
      clockSkewSeconds: 120,
      databasePoolSize: 10,
      gatePoolSize: 4,
      salesPoolSize: 8,
      metrics: true,
      metricsToken: null,
      tracesUrl: null,
      tracesRatio: 1,
    });
  });

  it("are frozen", () => {
    const config = readConfig({});
    expect([config, config.authSecrets, config.corsOrigins].every(Object.isFrozen)).toBe(true);
  });

  it("stand in for blank values", () => {
    expect(readConfig({ PORT: "", DATABASE_URL: " ", AUTH_SECRET: "", CORS_ORIGINS: " , " })).toEqual(readConfig({}));
  });
});

describe(".env.example", () => {
  const example = parseEnv(readFileSync(new URL("../.env.example", import.meta.url), "utf8"));

  it("lists exactly the variables that are read", () => {
    expect(Object.keys(example).sort()).toEqual([...variablesRead()].sort());
  });

  it("gives the defaults", () => {
    expect(readConfig(example)).toEqual(readConfig({}));
  });
});

describe("good values", () => {
  it.each([
    [{ NODE_ENV: "production", AUTH_SECRET: secret }, { production: true }],
    [
      { PORT: "0", HOST: "0.0.0.0" },
      { port: 0, host: "0.0.0.0" },
    ],
    [{ AUTH_SECRET: `${secret}, ${otherSecret}` }, { authSecrets: [secret, otherSecret] }],
    [{ DATABASE_URL: databaseUrl, AUTH_SECRET: secret }, { databaseUrl }],
    [{ REDIS_URL: "rediss://cache.example" }, { redisUrl: "rediss://cache.example" }],
    [
      { SMTP_URL: "smtps://u:p@mail.example", MAIL_FROM: "The Hall <tickets@hall.example>" },
      { smtpUrl: "smtps://u:p@mail.example", mailFrom: { name: "The Hall", address: "tickets@hall.example" } },
    ],
    [{ MAIL_FROM: "tickets@hall.example" }, { mailFrom: { name: "Gatehouse", address: "tickets@hall.example" } }],
    [
      { RATE_LIMITS: "off", LOG_LEVEL: "silent" },
      { rateLimits: false, logLevel: "silent" },
    ],
    [
      { REDIS_URL: "redis://a, redis://b", REDIS_CLUSTER: "sharded" },
      { redisUrl: "redis://a, redis://b", redisCluster: "sharded" },
    ],
    [{ TRUSTED_PROXIES: "loopback, 10.0.0.0/8, ::1" }, { trustedProxies: ["loopback", "10.0.0.0/8", "::1"] }],
    [
      { TRUSTED_DOCUMENTS: "/etc/mine.json, /etc/pages.json", TRUSTED_DOCUMENTS_ONLY: "true" },
      { trustedDocuments: ["/etc/mine.json", "/etc/pages.json"], trustedDocumentsOnly: true },
    ],
    [{ CORS_ORIGINS: "https://a.example,http://b:81" }, { corsOrigins: ["https://a.example", "http://b:81"] }],
    [
      { ACCESS_TOKEN_SECONDS: "1", HOLD_SECONDS: "60" },
      { accessTokenSeconds: 1, holdSeconds: 60 },
    ],
    [
      { RAPID_REENTRY_SECONDS: "60", CLOCK_SKEW_SECONDS: "86400" },
      { rapidReentrySeconds: 60, clockSkewSeconds: 86_400 },
    ],
    [{ NODE_ENV: "production", AUTH_SECRET: secret }, { metrics: false }],
    [
      { NODE_ENV: "production", AUTH_SECRET: secret, METRICS: "on" },
      { metrics: true, metricsToken: null },
    ],
    [
      { NODE_ENV: "production", AUTH_SECRET: secret, METRICS_TOKEN: "figures" },
      { metrics: true, metricsToken: "figures" },
    ],
    [{ METRICS: "off" }, { metrics: false }],
    [{ OTEL_TRACES_SAMPLER_ARG: "0.25" }, { tracesRatio: 0.25 }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }, { tracesUrl: "http://collector:4318" }],
  ])("takes %o", (env, expected) => {
    expect(readConfig(env)).toMatchObject(expected);
  });

  it("makes the data folder absolute", () => {
    expect(isAbsolute(readConfig({ DATA_DIR: "data" }).dataDir)).toBe(true);
  });
});

describe("bad values", () => {
  it.each([
    ["NODE_ENV", { NODE_ENV: "prod" }, "development, test, production"],
    ["PORT", { PORT: "http" }, "0 to 65535"],
    ["PORT", { PORT: "65536" }, "0 to 65535"],
    ["PORT", { PORT: "-1" }, "0 to 65535"],
    ["PORT", { PORT: "1e3" }, "0 to 65535"],
    ["DATABASE_URL", { DATABASE_URL: "mysql://db", AUTH_SECRET: secret }, "postgresql://"],
    ["REDIS_URL", { REDIS_URL: "localhost:6379" }, "redis://"],
    ["SMTP_URL", { SMTP_URL: "mail.example:587" }, "smtp://"],
    ["MAIL_FROM", { SMTP_URL: "smtp://mail.example" }, "tickets@venue.example"],
    ["MAIL_FROM", { MAIL_FROM: "The Hall" }, "one address"],
    ["MAIL_FROM", { MAIL_FROM: "a@hall.example, b@hall.example" }, "one address"],
    ["AUTH_SECRET", { AUTH_SECRET: "short" }, "at least 32 characters"],
    ["AUTH_SECRET", { AUTH_SECRET: `${secret},short` }, "at least 32 characters"],
    ["AUTH_SECRET", { NODE_ENV: "production" }, "openssl rand -hex 32"],
    ["AUTH_SECRET", { DATABASE_URL: databaseUrl }, "the same on every node"],
    ["ACCESS_TOKEN_SECONDS", { ACCESS_TOKEN_SECONDS: "0" }, "1 to 86400"],
    ["DRAIN_SECONDS", { DRAIN_SECONDS: "61" }, "from 0 to 60"],
    ["HOLD_SECONDS", { HOLD_SECONDS: "1.5" }, "whole number"],
    ["RAPID_REENTRY_SECONDS", { RAPID_REENTRY_SECONDS: "86401" }, "1 to 86400"],
    ["RETENTION_MONTHS", { RETENTION_MONTHS: "121" }, "1 to 120"],
    ["CLOCK_SKEW_SECONDS", { CLOCK_SKEW_SECONDS: "0" }, "1 to 86400"],
    ["RATE_LIMITS", { RATE_LIMITS: "no" }, "on, off"],
    ["LOG_LEVEL", { LOG_LEVEL: "verbose" }, "silent, fatal"],
    ["CORS_ORIGINS", { CORS_ORIGINS: "https://a.example/path" }, "without a path"],
    ["TRUSTED_DOCUMENTS", { TRUSTED_DOCUMENTS_ONLY: "true" }, "TRUSTED_DOCUMENTS_ONLY=true"],
    ["TRUSTED_DOCUMENTS_ONLY", { TRUSTED_DOCUMENTS_ONLY: "yes" }, "true, false"],
    ["CORS_ORIGINS", { CORS_ORIGINS: "*" }, "https://tickets.example"],
    ["REDIS_URL", { REDIS_URL: "redis://a, redis:b", REDIS_CLUSTER: "off" }, "redis://"],
    ["REDIS_URL", { REDIS_URL: "redis://a, http://b", REDIS_CLUSTER: "on" }, "redis://"],
    ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "proxy.example" }, "10.0.0.0/8"],
    ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "10.0.0.0/33" }, "10.0.0.0/8"],
    ["OPERATIONS_PER_SOCKET", { OPERATIONS_PER_SOCKET: "19" }, "20 to 1000000"],
    ["GATE_POOL_SIZE", { GATE_POOL_SIZE: "0" }, "1 to 100"],
    ["METRICS", { METRICS: "yes" }, "on, off"],
    ["OTEL_TRACES_SAMPLER_ARG", { OTEL_TRACES_SAMPLER_ARG: "1.5" }, "0 to 1"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, "http://127.0.0.1:4318"],
  ])("refuses %s in %o", (variable, env, mend) => {
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(variable);
    expect(() => readConfig(env)).toThrow(mend);
  });

  it("keeps secrets and passwords out of the message", () => {
    expect(messageOf({ AUTH_SECRET: "hunter2" })).not.toContain("hunter2");
    expect(messageOf({ DATABASE_URL: "mysql://root:hunter2@db" })).not.toContain("hunter2");
    expect(messageOf({ SMTP_URL: "http://root:hunter2@mail" })).not.toContain("hunter2");
  });
});

function variablesRead(): Set<string> {
  const names = new Set<string>();
  readConfig(
    new Proxy<NodeJS.ProcessEnv>(
      {},
      {
        get: (_, name) => {
          names.add(String(name));
          return undefined;
        },
      },
    ),
  );
  return names;
}

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  throw new Error("The configuration was taken");
}
