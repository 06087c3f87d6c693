import type { Viewer } from "../domain/viewer.js";
import type { Unsubscribe } from "./message-bus.js";

export interface ConnectionLimitOptions {
  /** Sockets and streams that one user or device may have open on this node. */
  readonly perUser: number;
  readonly perAddress: number;
  /** Operations that one socket may have under way. */
  readonly perSocket: number;
}

/** After which whoever has too many may try again. */
export const RETRY_SECONDS = 10;

/** Counts who has connections open, and from where. Streams of events over HTTP count as sockets do. */
export class ConnectionLimits {
  private readonly open = new Map<string, number>();

  constructor(private readonly options: ConnectionLimitOptions) {}

  get perSocket(): number {
    return this.options.perSocket;
  }

  /** Null where there are too many from this address; else what is to be called once when the connection has ended. */
  fromAddress(address: string): Unsubscribe | null {
    return this.enter(`address ${address}`, this.options.perAddress);
  }

  /** The same by whose they are; those of nobody in particular are counted by address alone. */
  ofViewer(viewer: Viewer): Unsubscribe | null {
    if (viewer.kind === "anonymous") return () => {};
    const owner = viewer.kind === "user" ? viewer.userId : viewer.deviceId;
    return this.enter(`${viewer.kind} ${owner}`, this.options.perUser);
  }

  private enter(who: string, most: number): Unsubscribe | null {
    const before = this.open.get(who) ?? 0;
    if (before >= most) return null;
    this.open.set(who, before + 1);
    return () => {
      const left = (this.open.get(who) ?? 1) - 1;
      if (left === 0) this.open.delete(who);
      else this.open.set(who, left);
    };
  }
}
