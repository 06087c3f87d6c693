import { hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";

/** Of argon2id, which is the default: 19 MiB and 2 passes, as OWASP recommends: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Each takes 19 MiB and a core for some 30 ms: any number of sign-ins at once takes the memory of two. */
const limit = pLimit(2);

let dummyHash: Promise<string> | undefined;

/** One password can be typed as different code points, by a composed or a decomposed accent: all count as the same. */
const normalise = (password: string): string => password.normalize("NFKC");

export const hashPassword = (password: string): Promise<string> => limit(() => hash(normalise(password), OPTIONS));

/** With no hash, for there is no such user, it takes as long as for a wrong password: time does not tell who is registered. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  dummyHash ??= hashPassword("nobody has this password");
  const known = passwordHash ?? (await dummyHash);
  const matches = await limit(() => verify(known, normalise(password)));
  return matches && passwordHash !== null;
}
