/** What the decoder answers to a picture; the next is sent after it. */
export interface Reading {
  /** Null where there is none to be read. */
  readonly code: string | null;
  /** Why none can be read at all, as where the engine could not be loaded; or null. */
  readonly problem: string | null;
}
