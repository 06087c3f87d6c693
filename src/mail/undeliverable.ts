/** The recipient's side has said no for good. The message has no address in it. */
export class UndeliverableError extends Error {
  override readonly name = "UndeliverableError";
}
