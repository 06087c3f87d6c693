/** Sends one request after the other over one connection. */
export interface Lane {
  /** One request and its checked answer. Throws where the answer is not as expected. Answers how many of the unit it held. */
  send(): Promise<number>;
  close(): Promise<void> | void;
}
