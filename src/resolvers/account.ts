import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { login, logout, refreshSession, register } from "../domain/account.js";
import { deleteAccount } from "../domain/erasure.js";
import { updateProfile } from "../domain/profile.js";
import type { SignIn } from "../domain/session.js";
import { ANONYMOUS } from "../domain/viewer.js";
import {
  AuthPayload,
  DeleteAccountInput,
  DeleteAccountPayload,
  LoginInput,
  LogoutPayload,
  RefreshSessionInput,
  RegisterInput,
  UpdateProfileInput,
  UserPayload,
} from "../schema/account.js";
import { payload } from "./user-errors.js";

@Resolver()
export class AccountResolver {
  @Mutation(() => AuthPayload)
  async register(@Arg("input", () => RegisterInput) input: RegisterInput, @Ctx() context: OperationContext) {
    await context.services.rateLimits?.registration(context.address);
    return signedIn(context, () => register(context, input, context.services.refreshTokenSeconds));
  }

  @Mutation(() => AuthPayload)
  async login(@Arg("input", () => LoginInput) input: LoginInput, @Ctx() context: OperationContext) {
    await context.services.rateLimits?.password(input.email, context.address);
    return signedIn(context, () => login(context, input, context.services.refreshTokenSeconds));
  }

  @Mutation(() => AuthPayload, {
    description:
      "Trades a refresh token for a new pair; else BAD_CREDENTIALS. A refresh token works once; its reuse ends the whole\n" +
      "session. The access token before lives on until it expires.",
  })
  refreshSession(
    @Arg("input", () => RefreshSessionInput) input: RefreshSessionInput,
    @Ctx() context: OperationContext,
  ) {
    return signedIn(context, () => refreshSession(context, input, context.services.refreshTokenSeconds));
  }

  @Mutation(() => LogoutPayload, {
    description: "Ends the caller's session at once, its open subscriptions included.",
  })
  async logout(@Ctx() context: OperationContext) {
    await logout(context);
    context.signIn(ANONYMOUS);
    return { ok: true };
  }

  @Mutation(() => UserPayload)
  updateProfile(@Arg("input", () => UpdateProfileInput) input: UpdateProfileInput, @Ctx() context: OperationContext) {
    return payload(async () => ({ user: await updateProfile(context, input) }), { user: null });
  }

  @Mutation(() => DeleteAccountPayload, {
    description:
      "Erases the caller's personal data and frees the address. Tickets, scans and every count stay as they are, without the\n" +
      "person; live holds are released. CONFLICT while the caller owns a venue with a published event that is not over.",
  })
  async deleteAccount(
    @Arg("input", () => DeleteAccountInput) input: DeleteAccountInput,
    @Ctx() context: OperationContext,
  ) {
    const { services, viewer, address } = context;
    if (viewer.kind === "user") await services.rateLimits?.password(viewer.userId, address);
    const remove = async () => {
      await deleteAccount(context, input);
      context.signIn(ANONYMOUS);
      return { ok: true };
    };
    return payload(remove, { ok: false });
  }
}

const NOBODY = { user: null, accessToken: null, refreshToken: null, expiresAt: null };

/** The payload is the new session's own: its user sees in it what they would see once signed in. */
const signedIn = (context: OperationContext, start: () => Promise<SignIn>) =>
  payload(async () => {
    const { user, sessionId, refreshToken } = await start();
    const { token, expiresAt } = await context.services.authenticator.issueAccessToken({ userId: user.id, sessionId });
    context.signIn({ kind: "user", userId: user.id, sessionId, role: user.role, expiresAt });
    return { user, accessToken: token, refreshToken, expiresAt };
  }, NOBODY);
