import { Refusal, type UserErrorCode } from "../errors.js";

export interface UserErrorData {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly path: readonly string[] | null;
}

export const toUserError = ({ code, message, path }: Refusal): UserErrorData => ({ code, message, path });

/** The payload of a mutation: what it made, or the expected "no" beside an empty rest. Everything else stays thrown. */
export async function payload<Made extends object, Empty extends object>(
  make: () => Promise<Made>,
  empty: Empty,
): Promise<(Made | Empty) & { userErrors: UserErrorData[] }> {
  try {
    return { ...(await make()), userErrors: [] };
  } catch (error) {
    if (error instanceof Refusal) return { ...empty, userErrors: [toUserError(error)] };
    throw error;
  }
}
