import { parseArgs } from "node:util";

export const USAGE = `Makes a registered user an admin, or with --revoke a member like all others. A server that runs obeys within seconds.

    npm run make-admin -- EMAIL
    npm run make-admin -- --revoke EMAIL`;

/** Null for anything but one address, with or without the option. */
export function readArguments(args: string[]): { readonly email: string; readonly revoke: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { revoke: { type: "boolean" } },
      allowPositionals: true,
    });
    const [email, ...rest] = positionals;
    return email === undefined || rest.length > 0 ? null : { email, revoke: values.revoke ?? false };
  } catch {
    return null;
  }
}
