import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { type OptionalMail, Role, type User, UserEntity } from "../entities/user.js";
import { invalid, Refusal } from "../errors.js";
import { toEntities } from "./columns.js";
import { insertRows } from "./insert.js";
import { addMail } from "./mail.js";
import { hashPassword, verifyPassword } from "./password.js";
import type { Scope } from "./scope.js";
import { endSession, openSession, type SignIn, tradeIn } from "./session.js";
import { requireUser } from "./standing.js";
import { NAME, parseEmail, requireText } from "./text.js";
import { isWellFormedToken, REFRESH_TOKEN_PREFIX } from "./token.js";

export interface RegisterInput {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly mailOptOut?: readonly OptionalMail[];
}

export interface LoginInput {
  readonly email: string;
  readonly password: string;
}

const PASSWORD = { least: 10, most: 256 };

/** Makes a user and signs them in. Throws EMAIL_TAKEN, and INVALID for a bad name, address or password. */
export async function register(scope: Scope, input: RegisterInput, refreshTokenSeconds: number): Promise<SignIn> {
  const name = requireText(input.name, NAME, "name");
  const email = parseEmail(input.email);
  if (email === null) throw invalid("`email` is not an e-mail address.", "email");
  checkPassword(input.password);
  const user: User = {
    id: uuidv7(),
    email,
    name,
    passwordHash: await hashPassword(input.password),
    role: Role.MEMBER,
    latitude: null,
    longitude: null,
    createdAt: new Date(),
    mailOptOut: [...new Set(input.mailOptOut ?? [])],
  };
  return scope.em.transactional(async (em) => {
    const inserted = await insertRows(em, UserEntity, [user]);
    if (!inserted.has(user.id)) throw new Refusal("EMAIL_TAKEN", "There is an account with this address.", ["email"]);
    await addMail(em, [{ userId: user.id, letter: { kind: "welcome" } }]);
    return openSession(em, user, refreshTokenSeconds);
  });
}

/** Throws BAD_CREDENTIALS, the same and as slowly for a wrong password as for an address that nobody has. */
export async function login(scope: Scope, input: LoginInput, refreshTokenSeconds: number): Promise<SignIn> {
  const email = parseEmail(input.email);
  const user = email === null ? null : await findUserByEmail(scope.em, email);
  const isRight = await verifyPassword(user?.passwordHash ?? null, input.password);
  if (user === null || !isRight) throw new Refusal("BAD_CREDENTIALS", "The address or the password is wrong.");
  return scope.em.transactional((em) => openSession(em, user, refreshTokenSeconds));
}

/**
 * Trades a refresh token for a new one. It works once: who comes with a used one may have stolen it, or been stolen from, so
 * that ends the whole session. Throws BAD_CREDENTIALS.
 */
export async function refreshSession(
  scope: Scope,
  input: { readonly refreshToken: string },
  refreshTokenSeconds: number,
): Promise<SignIn> {
  const refused = new Refusal("BAD_CREDENTIALS", "The refresh token is not valid: sign in again.", ["refreshToken"]);
  if (!isWellFormedToken(REFRESH_TOKEN_PREFIX, input.refreshToken)) throw refused;
  // The refusal of a reused token is thrown after the commit, for it has ended the session.
  const outcome = await scope.em.transactional((em) => tradeIn(em, input.refreshToken, refreshTokenSeconds));
  if (outcome.kind === "reused") scope.announce({ kind: "rights", credentialId: outcome.sessionId });
  if (outcome.kind !== "traded") throw refused;
  return outcome.signIn;
}

/** Ends the caller's session; again: the same. */
export async function logout(scope: Scope): Promise<void> {
  const { sessionId } = requireUser(scope.viewer);
  await scope.em.transactional((em) => endSession(em, sessionId));
  scope.announce({ kind: "rights", credentialId: sessionId });
}

/** By an address as `parseEmail` answers it. */
export async function findUserByEmail(em: EntityManager, email: string): Promise<User | null> {
  const { rows } = await sql<object>`/* account.by-email */
    select * from users where email = ${email}`.execute(em.getKysely());
  return toEntities(em, UserEntity, rows)[0] ?? null;
}

function checkPassword(password: string): void {
  const length = [...password].length;
  const { least, most } = PASSWORD;
  if (length < least || length > most) {
    throw invalid(`\`password\` has ${length} characters; ${least} to ${most} are allowed.`, "password");
  }
  if (!password.isWellFormed() || password.includes("\0")) {
    throw invalid("`password` is not well-formed Unicode.", "password");
  }
}
