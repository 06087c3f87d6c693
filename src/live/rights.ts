import { mayRead, type ReaderVerdict } from "../domain/reader-rights.js";
import type { Standing } from "../domain/standing.js";
import type { Viewer } from "../domain/viewer.js";
import { Fault } from "../errors.js";
import type { Unsubscribe } from "./message-bus.js";
import { Pulse } from "./pulse.js";
import { createWarning, type WarningLogger } from "./warning.js";

/** One verdict per reader, in order. */
export type CheckRights<Read extends Reader> = (readers: readonly Read[]) => Promise<readonly ReaderVerdict[]>;

/** Who reads; and what, for those who check. */
export interface Reader {
  readonly viewer: Viewer;
}

export interface RightsOptions<Read extends Reader> {
  readonly check: CheckRights<Read>;
  /** The id of what is read. */
  readonly subjectOf: (reader: Read) => string;
  /** What whoever may no longer read is told. */
  readonly ended: string;
  readonly logger: WarningLogger;
}

/** The session has ended, or the device was revoked: nothing that its token opened may go on. */
export class CredentialEnded extends Fault {
  constructor() {
    super("UNAUTHENTICATED", "This token is no longer valid: the session has ended or the device was revoked.");
  }
}

/** What is done for somebody who reads. */
export interface Watcher {
  /** The right has ended; called once. */
  end(fault: Fault): void;
  /** What they stand as; called when it was looked at first, and whenever it is another. */
  stands(standing: Standing): void;
}

interface Watch<Read extends Reader> {
  readonly reader: Read;
  readonly watchers: Set<Watcher>;
  /** What all of the watchers have been told. */
  told: Standing | null;
}

const TIMES = { spacing: () => 100, idle: 1000, retry: 500 };

/**
 * Checks again, while subscriptions last, whether their readers still may: every second, and at once on a hint, in one
 * call for all distinct readers of this node. When it cannot be checked, nobody is thrown out.
 */
export class Rights<Read extends Reader> {
  private readonly watches = new Map<string, Watch<Read>>();
  private pulse: Pulse | null = null;
  private readonly warn;

  constructor(private readonly options: RightsOptions<Read>) {
    this.warn = createWarning(options.logger);
  }

  get size(): number {
    return this.watches.size;
  }

  watch(reader: Read, watcher: Watcher): Unsubscribe {
    const key = keyOf(reader.viewer, this.options.subjectOf(reader));
    const watch = this.watches.get(key) ?? { reader, watchers: new Set(), told: null };
    this.watches.set(key, watch);
    watch.watchers.add(watcher);
    watch.told = null;
    this.pulse ??= this.begin();
    return () => {
      watch.watchers.delete(watcher);
      if (watch.watchers.size === 0 && this.watches.get(key) === watch) this.watches.delete(key);
      if (this.watches.size === 0) this.close();
    };
  }

  /** Some rights may have ended: of one session or device, or, when null, of anybody. */
  changed(credentialId: string | null): void {
    const isOurs = ({ reader }: Watch<Read>) => credentialId === null || credentialOf(reader.viewer) === credentialId;
    if ([...this.watches.values()].some(isOurs)) this.pulse?.soon();
  }

  close(): void {
    this.pulse?.stop();
    this.pulse = null;
  }

  private begin(): Pulse {
    const onError = (error: unknown) => this.warn(error, "The subscribers' rights could not be checked; trying again");
    return new Pulse({ task: () => this.checkAll(), onError, ...TIMES });
  }

  private async checkAll(): Promise<void> {
    const watches = [...this.watches.values()];
    const verdicts = await this.options.check(watches.map(({ reader }) => reader));
    for (const [index, watch] of watches.entries()) {
      const verdict = verdicts[index];
      if (verdict === undefined) continue;
      if (!mayRead(verdict)) for (const watcher of watch.watchers) watcher.end(faultOf(verdict, this.options.ended));
      else if (verdict !== watch.told) {
        watch.told = verdict;
        for (const watcher of watch.watchers) watcher.stands(verdict);
      }
    }
  }
}

const faultOf = (verdict: "forbidden" | "invalid credential", ended: string): Fault =>
  verdict === "invalid credential" ? new CredentialEnded() : new Fault("FORBIDDEN", ended);

function credentialOf(viewer: Viewer): string | null {
  if (viewer.kind === "anonymous") return null;
  return viewer.kind === "user" ? viewer.sessionId : viewer.deviceId;
}

/** Two tokens of one session run out at different times, so that they are checked apart. */
function keyOf(viewer: Viewer, subjectId: string): string {
  const expiry = viewer.kind === "user" ? viewer.expiresAt.getTime() : "";
  return `${subjectId} ${viewer.kind} ${credentialOf(viewer)} ${expiry}`;
}
