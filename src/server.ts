import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { specifiedRules } from "graphql";
import { createAddressOf } from "./address.js";
import { addApi } from "./api.js";
import { createApollo } from "./apollo.js";
import { Authenticator } from "./auth.js";
import type { Config } from "./config.js";
import { OperationContext, type Services } from "./context.js";
import { type Database, migrateDatabase, openDatabase } from "./database.js";
import { readAlertNews } from "./domain/alert-news.js";
import { readAnomalyNews } from "./domain/anomaly-news.js";
import { readAvailability } from "./domain/availability.js";
import type { Change } from "./domain/change.js";
import { GateQueue } from "./domain/gate-queue.js";
import { readOccupancies } from "./domain/occupancy.js";
import { noProvider, type PaymentProvider, testProvider, withDeadline } from "./domain/payment-provider.js";
import { checkCountsReaders, checkEventReaders, checkRecordsReaders } from "./domain/reader-rights.js";
import { keepMonths } from "./domain/retention.js";
import { readScansSince } from "./domain/scan-log.js";
import { startEmbeddedPostgres } from "./embedded-postgres.js";
import { addExports } from "./export/export.js";
import { formatError } from "./format-error.js";
import { createQueryGuard } from "./guard/query-guard.js";
import { addHealth } from "./health.js";
import { createHttp } from "./http.js";
import { addImports } from "./import/routes.js";
import { startJobs } from "./jobs/jobs.js";
import { createBus } from "./live/bus.js";
import { ConnectionLimits } from "./live/connection-limits.js";
import { checkText } from "./live/document.js";
import { createEventStreams } from "./live/event-stream.js";
import { createLive } from "./live/live.js";
import { NO_METRICS } from "./live/live-metrics.js";
import type { Bus } from "./live/message-bus.js";
import { Operations } from "./live/operation.js";
import { attachWebSocket } from "./live/websocket.js";
import { createLogger, type Logger } from "./log.js";
import { createMailer } from "./mail/mailer.js";
import { measuring } from "./metrics/measured-operations.js";
import { addMetrics, createMetrics, type Metrics } from "./metrics/metrics.js";
import { measuringPlugin } from "./metrics/operations.js";
import { createOriginCheck } from "./origin.js";
import { addPaymentsWebhook } from "./payments-webhook.js";
import { registerPlayground } from "./playground/playground.js";
import { openProbe } from "./probe.js";
import { createRateLimits } from "./rate-limits.js";
import { addRequestLog } from "./request-log.js";
import { apiSchema } from "./resolvers/schema.js";
import { readOrMakeSecret } from "./secret.js";
import { readTrustedDocuments } from "./trusted-documents.js";
import { registerWeb } from "./web/web.js";

const PATH = "/graphql";
const PAYMENTS_WEBHOOK_PATH = "/payments/webhook";

export interface GatehouseServer {
  /** Such as http://127.0.0.1:4000; once started. */
  readonly url: string;
  /** Throws a StartError for what the operator can mend. What was begun is closed again. */
  start(): Promise<void>;
  /** Answers what is under way, then closes everything in the reverse order of its opening. */
  close(): Promise<void>;
}

/** What no configuration can name. */
export interface Parts {
  /** In place of the one that the configuration names. */
  readonly payments?: PaymentProvider;
}

/** A server as a value: nothing happens before `start`. */
export async function createServer(config: Config, parts: Parts = {}): Promise<GatehouseServer> {
  const logger = createLogger(config);
  const opened = new AsyncDisposableStack();
  let starting: Promise<string> | undefined;
  let url: string | undefined;
  return {
    get url() {
      if (url === undefined) throw new Error("the server has not started");
      return url;
    },
    start: async () => {
      starting ??= open(config, parts, logger, opened);
      try {
        url = await starting;
      } catch (error) {
        await opened.disposeAsync();
        throw error;
      }
      logger.info({ url: `${url}${PATH}` }, "Gatehouse is ready");
    },
    close: async () => {
      await starting?.catch(() => {});
      await opened.disposeAsync();
    },
  };
}

/** Opens everything in order; each part is closed by the stack after all that stand on it. */
async function open(config: Config, parts: Parts, logger: Logger, opened: AsyncDisposableStack): Promise<string> {
  const database = await openPersistence(config, logger, opened);
  const bus = opened.adopt(createBus({ ...config, logger }), (it) => it.close());
  const metrics = config.metrics ? opened.adopt(createMetrics(), (it) => it.close()) : null;
  const services = await createServices(config, parts, logger, database, bus, metrics, opened);
  if (config.jobs) await openJobs(config, services, database.url, logger, opened);
  const schema = apiSchema();

  const guard = createQueryGuard(schema);
  const rules = { parseOptions: guard.parseOptions, validationRules: [...specifiedRules, ...guard.validationRules] };
  const documents = await readTrustedDocuments({ ...config, check: (text) => checkText(text, { schema, ...rules }) });

  const apollo = createApollo(schema, guard, config.production, logger);
  const measured = metrics?.operations(schema) ?? null;
  if (measured !== null) apollo.addPlugin(measuringPlugin(measured));
  await apollo.start();
  opened.defer(() => apollo.stop());

  const app = await createHttp(config, logger);
  opened.defer(() => app.close());
  const probe = opened.adopt(openProbe(database.url, config.redisUrl), (it) => it.close());
  if (metrics !== null) await addMetrics(app, metrics, { token: config.metricsToken, database, probe });
  addRequestLog(app, logger);
  const health = addHealth(app, probe);
  if (!config.production) await registerPlayground(app, { path: PATH });
  await registerWeb(app, { logger });
  const operations = new Operations<OperationContext>({
    schema,
    isSchemaHidden: config.production,
    ...rules,
    costs: guard,
    textOf: documents.textOf,
    measure: measured === null ? null : measuring(measured),
    makeContext: (viewer, address, audience) => new OperationContext(services, viewer, randomUUID(), address, audience),
    rates: services.rateLimits,
    isPersonal: (context) => context.isPersonal,
    formatError: (error, context) =>
      formatError(error.toJSON(), error, { requestId: context?.requestId ?? randomUUID(), logger }),
  });
  const { socketsPerUser: perUser, socketsPerAddress: perAddress, operationsPerSocket: perSocket } = config;
  const limits = config.rateLimits ? new ConnectionLimits({ perUser, perAddress, perSocket }) : null;
  const { addressOf } = services;
  const streams = createEventStreams(operations, { limits, addressOf, metrics: metrics?.live ?? NO_METRICS });
  opened.defer(() => streams.close());
  addApi(app, { path: PATH, services, apollo, streams, documents });
  addExports(app, services, logger);
  const imports = await addImports(app, services, logger);
  opened.defer(() => imports.close());
  await addPaymentsWebhook(app, PAYMENTS_WEBHOOK_PATH, services, logger);
  const authenticate = (authorization: string | undefined) => services.authenticator.authenticate(authorization);
  const sockets = attachWebSocket(app.server, {
    ...{ path: PATH, operations, authenticate, limits, addressOf, logger, metrics: metrics?.live ?? NO_METRICS },
    isAllowedOrigin: createOriginCheck(config.corsOrigins),
  });
  opened.defer(() => sockets.close());
  metrics?.live.observe(() => ({
    ...{ sockets: sockets.size, streams: streams.size, feeds: services.live.held.feeds },
    subscriptions: services.live.subscriptions,
    pushes: services.live.pushes,
  }));

  await app.listen({ host: config.host, port: config.port });
  // The last to be opened and so the first to be closed: whoever balances the load looks elsewhere before anything ends.
  opened.defer(async () => {
    health.close();
    await sleep(config.drainSeconds * 1_000);
  });
  const { port } = app.server.address() as AddressInfo;
  return `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
}

async function openPersistence(config: Config, logger: Logger, opened: AsyncDisposableStack): Promise<Database> {
  const embedded = config.databaseUrl === null ? await startEmbeddedPostgres(config.dataDir, logger) : null;
  if (embedded !== null) opened.defer(() => embedded.stop());
  const databaseUrl = config.databaseUrl ?? embedded?.url ?? "";
  const retention = { databaseUrl, retentionMonths: config.retentionMonths, log: logger };
  const onWait = () => logger.warn("Another node brings the schema up to date: waiting for it");
  await migrateDatabase(databaseUrl, (em) => keepMonths(em, retention), onWait);
  return opened.adopt(await openDatabase({ ...config, databaseUrl }), (database) => database.close());
}

async function openJobs(
  config: Config,
  { orm, announce, gates, payments, anomalyRules }: Services,
  databaseUrl: string,
  logger: Logger,
  opened: AsyncDisposableStack,
): Promise<void> {
  const fork = () => orm.em.fork();
  const mailer = opened.adopt(createMailer({ ...config, logger }), (it) => it.close());
  const retention = { databaseUrl, retentionMonths: config.retentionMonths, log: logger };
  const work = { announce, gates, payments, anomalyRules, mailer, retention };
  const jobs = await startJobs({ databaseUrl, fork, logger, ...work });
  opened.adopt(jobs, (it) => it.close());
}

async function createServices(
  config: Config,
  parts: Parts,
  logger: Logger,
  { orm, gatePool, salesPool }: Database,
  bus: Bus,
  metrics: Metrics | null,
  opened: AsyncDisposableStack,
): Promise<Services> {
  const secrets = config.authSecrets.length > 0 ? config.authSecrets : [await readOrMakeSecret(config.dataDir)];
  const authenticator = new Authenticator(orm, secrets, config.accessTokenSeconds);
  const anomalyRules = { rapidReentrySeconds: config.rapidReentrySeconds, clockSkewSeconds: config.clockSkewSeconds };
  const live = createLive({
    bus,
    logger,
    metrics: metrics?.live ?? NO_METRICS,
    readOccupancies: async (venueId) => (await readOccupancies(orm.em.fork(), [venueId])).get(venueId) ?? null,
    readAvailability: (eventId) => readAvailability(orm.em.fork(), eventId),
    checkEventRights: (readers) => checkEventReaders(orm.em.fork(), readers),
    checkRights: (readers) => checkCountsReaders(orm.em.fork(), readers),
    readAnomalyNews: (venueId, seen) => readAnomalyNews(orm.em.fork(), anomalyRules, venueId, seen),
    readAlertNews: (venueId, seen) => readAlertNews(orm.em.fork(), venueId, seen),
    readScans: (wanted, most) => readScansSince(orm.em.fork(), { ...wanted, most }),
    checkRecordsRights: (readers) => checkRecordsReaders(orm.em.fork(), readers),
    onRightsChanged: () => authenticator.distrust(),
  });
  opened.defer(() => live.close());
  const announce = (change: Change): void => {
    if (change.kind === "rights") authenticator.distrust();
    live.announce(change);
  };
  const { retentionMonths, clockSkewSeconds, refreshTokenSeconds } = config;
  const onBatch = metrics?.onBatch ?? (() => {});
  const gates = new GateQueue({ pool: gatePool, retentionMonths, clockSkewSeconds, announce, onBatch });
  opened.defer(() => gates.idle());
  const rateLimits = config.rateLimits ? createRateLimits(config) : null;
  opened.defer(() => rateLimits?.close());
  const payments = withDeadline(parts.payments ?? providerOf(config, logger));
  const salesRules = { holdSeconds: config.holdSeconds, ticketsPerUser: config.ticketsPerUser };
  return {
    orm,
    gates,
    live,
    authenticator,
    announce,
    refreshTokenSeconds,
    payments,
    salesRules,
    salesPool,
    anomalyRules,
    rateLimits,
    addressOf: createAddressOf(config.trustedProxies),
  };
}

function providerOf({ paymentProvider }: Config, logger: Logger): PaymentProvider {
  if (paymentProvider === "test") return testProvider;
  logger.warn("No payment provider is set up: every payment is declined. For a trial set PAYMENT_PROVIDER=test");
  return noProvider;
}
