/** The server cannot start, for a reason that its operator can mend. The message says all; a stack would add nothing. */
export class StartError extends Error {
  override readonly name: string = "StartError";
}
