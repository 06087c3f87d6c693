import { makeAdmin } from "../domain/users.js";
import { onExistingDatabase } from "./existing-database.js";

const [email, ...rest] = process.argv.slice(2);

if (email === undefined || rest.length > 0) {
  console.error("Say who: npm run make-admin -- EMAIL");
  process.exitCode = 2;
} else {
  /** 0: they are an admin now. 1: nobody has the address. */
  await onExistingDatabase(async (em) => {
    const user = await makeAdmin(em, email);
    console.log(user === null ? `Nobody is registered as ${email}: register first.` : `${user.email} is an admin now.`);
    return user === null ? 1 : 0;
  });
}
