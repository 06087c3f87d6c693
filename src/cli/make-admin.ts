import { parseArgs } from "node:util";
import { makeAdmin, revokeAdmin } from "../domain/admin.js";
import { onExistingDatabase } from "./existing-database.js";

const USAGE = `Makes a registered user an admin, or with --revoke a member like all others. A server that runs obeys within seconds.

    npm run make-admin -- EMAIL
    npm run make-admin -- --revoke EMAIL`;

/** Null for anything but one address, with or without the option. */
function readArguments(): { readonly email: string; readonly revoke: boolean } | null {
  try {
    const { values, positionals } = parseArgs({ options: { revoke: { type: "boolean" } }, allowPositionals: true });
    const [email, ...rest] = positionals;
    return email === undefined || rest.length > 0 ? null : { email, revoke: values.revoke ?? false };
  } catch {
    return null;
  }
}

const given = readArguments();
if (given === null) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const { email, revoke } = given;
  /** 0: they are what they were to become. 1: nobody has the address. */
  await onExistingDatabase(async (em) => {
    const user = await (revoke ? revokeAdmin : makeAdmin)(em, email);
    if (user === null) console.log(`Nobody is registered as ${email}: register first.`);
    else console.log(`${user.email} is ${revoke ? "no admin any more" : "an admin now"}.`);
    return user === null ? 1 : 0;
  });
}
