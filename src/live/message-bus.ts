/** Ends a subscription to a topic; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Carries hints between nodes. What it loses costs time, never truth: whoever needs the truth reads the database. */
export interface Bus {
  /** Never throws and never waits; what cannot be sent is lost. */
  publish(topic: string, message: unknown): void;
  /** Resolves once messages arrive, which with a broker that is away is when it comes back. */
  subscribe(topic: string, listener: (message: unknown) => void): Promise<Unsubscribe>;
  /** Messages may have been lost up to the moment at which the listener is called. */
  onReconnect(listener: () => void): void;
  close(): Promise<void>;
}
