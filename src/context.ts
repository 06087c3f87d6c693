import type { IncomingMessage } from "node:http";
import type { EntityManager, MikroORM } from "@mikro-orm/postgresql";
import type { Pool } from "pg";
import type { AddressOf } from "./address.js";
import type { Authenticator } from "./auth.js";
import type { AnomalyRules } from "./domain/anomaly-sources.js";
import type { Announce } from "./domain/change.js";
import type { GateQueue } from "./domain/gate-queue.js";
import type { SalesRules } from "./domain/order.js";
import type { PaymentProvider } from "./domain/payment-provider.js";
import type { Scope } from "./domain/scope.js";
import type { Standing } from "./domain/standing.js";
import type { Viewer } from "./domain/viewer.js";
import type { Audience } from "./live/audience.js";
import type { Live } from "./live/live.js";
import { Loaders } from "./loaders.js";
import type { RateLimits } from "./rate-limits.js";

/** What lives as long as the server and operations work with. */
export interface Services {
  readonly orm: MikroORM;
  readonly gates: GateQueue;
  readonly live: Live;
  readonly authenticator: Authenticator;
  readonly announce: Announce;
  readonly refreshTokenSeconds: number;
  readonly payments: PaymentProvider;
  readonly salesRules: SalesRules;
  readonly anomalyRules: AnomalyRules;
  readonly salesPool: Pool;
  /** Null: there are none. */
  readonly rateLimits: RateLimits | null;
  readonly addressOf: AddressOf;
}

/**
 * One operation's, or one pushed change's. The entity manager and the loaders are made when first needed: a scan over
 * HTTP needs neither.
 */
export class OperationContext implements Scope {
  private unitOfWork: EntityManager | undefined;
  private ownLoaders: Loaders | undefined;
  private asker: Viewer;
  private askedWho = false;

  constructor(
    readonly services: Services,
    viewer: Viewer,
    readonly requestId: string,
    /** Where it comes from, or what tells. */
    private readonly origin: string | IncomingMessage,
    /** For whom the result is, where it may be for others too. */
    private readonly audience: Audience | null = null,
  ) {
    this.asker = viewer;
  }

  get viewer(): Viewer {
    this.askedWho = true;
    return this.asker;
  }

  /** Worked out when it is asked for: a scan needs none. */
  get address(): string {
    return typeof this.origin === "string" ? this.origin : this.services.addressOf(this.origin);
  }

  /** Whether the result is for this viewer alone: it was made by more than what the audience has in common. */
  get isPersonal(): boolean {
    return this.audience === null || this.askedWho;
  }

  /** What the whole audience stands as; null at another venue. */
  commonStanding(venueId: string): Standing | null {
    return this.audience?.venueId === venueId ? this.audience.standing : null;
  }

  /** The rest of the operation is on behalf of whoever has just signed in. */
  signIn(viewer: Viewer): void {
    this.asker = viewer;
    this.ownLoaders = undefined;
  }

  /** Of several mutations in one request, each is answered with what is true after it. */
  beginMutation(): void {
    this.unitOfWork = undefined;
    this.ownLoaders = undefined;
  }

  get em(): EntityManager {
    this.unitOfWork ??= this.services.orm.em.fork();
    return this.unitOfWork;
  }

  get loaders(): Loaders {
    this.ownLoaders ??= new Loaders(this.em, this);
    return this.ownLoaders;
  }

  get announce(): Announce {
    return this.services.announce;
  }
}
