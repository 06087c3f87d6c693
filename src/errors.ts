/** Expected "no": answered as data in `userErrors`. */
export type UserErrorCode =
  | "INVALID"
  | "NOT_FOUND"
  | "EMAIL_TAKEN"
  | "BAD_CREDENTIALS"
  | "SOLD_OUT"
  | "SALES_CLOSED"
  | "LIMIT_EXCEEDED"
  | "RESERVATION_EXPIRED"
  | "ALREADY_PAID"
  | "ALREADY_CANCELLED"
  | "PAYMENT_DECLINED"
  | "KEY_REUSED"
  | "CODE_TAKEN"
  | "CONFLICT";

/** Malformed input, missing credentials or rights, limits and faults: top-level errors with `extensions.code`. */
export type FaultCode =
  | "BAD_USER_INPUT"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "RATE_LIMITED"
  | "QUERY_TOO_COMPLEX"
  | "OVERLOADED"
  | "INTERNAL_SERVER_ERROR";

/** A refusal of what was well formed and allowed. `path` leads into `input`. Rolls its transaction back; nothing is done. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly code: UserErrorCode,
    message: string,
    readonly path: readonly string[] | null = null,
  ) {
    super(message);
  }
}

/** What the caller did wrong or may not do, or what broke; becomes a GraphQL error with this code. */
export class Fault extends Error {
  override readonly name = "Fault";

  constructor(
    readonly code: FaultCode,
    message: string,
  ) {
    super(message);
  }
}

/** More was asked for than is allowed in a time. */
export class RateLimited extends Fault {
  /** As Apollo reads it. */
  readonly extensions: { readonly http: { readonly status: number; readonly headers: ReadonlyMap<string, string> } };

  constructor(
    message: string,
    /** At least one. */
    readonly retryAfterSeconds: number,
  ) {
    super("RATE_LIMITED", message);
    this.extensions = { http: { status: 429, headers: new Map([["retry-after", String(retryAfterSeconds)]]) } };
  }
}

export const invalid = (message: string, ...path: string[]): Refusal => new Refusal("INVALID", message, path);
export const notFound = (what: string, ...path: string[]): Refusal =>
  new Refusal("NOT_FOUND", `There is no such ${what}.`, path);
export const badInput = (message: string): Fault => new Fault("BAD_USER_INPUT", message);
export const unauthenticated = (message = "Sign in first, with the header `Authorization: Bearer <token>`."): Fault =>
  new Fault("UNAUTHENTICATED", message);
export const forbidden = (message: string): Fault => new Fault("FORBIDDEN", message);
