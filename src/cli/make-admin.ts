import { makeAdmin, revokeAdmin } from "../domain/admin.js";
import { readArguments, USAGE } from "./admin-arguments.js";
import { onExistingDatabase } from "./existing-database.js";

const given = readArguments(process.argv.slice(2));
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
