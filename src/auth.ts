import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import type { MikroORM } from "@mikro-orm/postgresql";
import { errors, type JWTVerifyGetKey, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { findDeviceViewer, findSessionUser } from "./domain/credential.js";
import { DEVICE_TOKEN_PREFIX, digestOf, isWellFormedToken } from "./domain/token.js";
import { ANONYMOUS, type Viewer } from "./domain/viewer.js";
import { unauthenticated } from "./errors.js";

const ALGORITHM = "HS256";
const ISSUER = "gatehouse";
const AUDIENCE = "gatehouse-api";
const TYPE = "at+jwt";
/**
 * How long a token that was found good is taken for good without looking again. A right that ends on this node or is told
 * by another one ends at once; this bounds it where the message is lost. Scans look again in their own transaction.
 */
const TRUST_MS = 1_000;
const MOST_TRUSTED = 50_000;
/** Of any length that we give out, several times over: nothing longer is kept, hashed or looked up. */
const BEARER = /^Bearer +([\w.~+/=-]{1,2000})$/i;

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Token -> viewer, the same for HTTP and WebSocket. */
export class Authenticator {
  private readonly keys: readonly { readonly id: string; readonly key: KeyObject }[];
  private readonly trusted: LRUCache<string, Viewer>;
  private distrusts = 0;

  constructor(
    private readonly orm: MikroORM,
    secrets: readonly string[],
    private readonly accessTokenSeconds: number,
  ) {
    this.keys = secrets.map((secret) => ({ id: keyId(secret), key: createSecretKey(Buffer.from(secret)) }));
    this.trusted = new LRUCache({
      max: MOST_TRUSTED,
      ttl: TRUST_MS,
      fetchMethod: (token) => this.lookUp(token),
    });
  }

  /** No header: nobody in particular. Throws UNAUTHENTICATED for a token that is not, or no longer, good. */
  async authenticate(authorization: string | undefined): Promise<Viewer> {
    if (authorization === undefined || authorization.trim() === "") return ANONYMOUS;
    const token = BEARER.exec(authorization.trim())?.[1];
    const viewer = token === undefined ? undefined : (this.trusted.get(token) ?? (await this.trust(token)));
    if (viewer === undefined || hasExpired(viewer)) {
      throw unauthenticated("The token is not valid, has expired or was revoked: sign in again.");
    }
    return viewer;
  }

  async issueAccessToken({ userId, sessionId }: { userId: string; sessionId: string }): Promise<AccessToken> {
    const [signing] = this.keys;
    if (signing === undefined) throw new Error("there is no secret to sign with");
    const now = Math.floor(Date.now() / 1000);
    const expiresAt = now + this.accessTokenSeconds;
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: signing.id })
      .setSubject(userId)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(signing.key);
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  /** Looks every token up again: some right has ended. */
  distrust(): void {
    this.distrusts += 1;
    this.trusted.clear();
  }

  /** Clearing aborts the look-ups under way, whoever's they are: they begin again. */
  private async trust(token: string): Promise<Viewer | undefined> {
    for (;;) {
      const distrusts = this.distrusts;
      try {
        return await this.trusted.fetch(token);
      } catch (error) {
        if (distrusts === this.distrusts) throw error;
      }
    }
  }

  private async lookUp(token: string): Promise<Viewer | undefined> {
    const em = this.orm.em.fork();
    if (token.startsWith(DEVICE_TOKEN_PREFIX)) {
      if (!isWellFormedToken(DEVICE_TOKEN_PREFIX, token)) return undefined;
      return (await findDeviceViewer(em, digestOf(token))) ?? undefined;
    }
    const claims = await this.verify(token);
    if (claims === null) return undefined;
    const user = await findSessionUser(em, claims.sessionId);
    if (user === null || user.userId !== claims.userId) return undefined;
    return { kind: "user", ...user, sessionId: claims.sessionId, expiresAt: claims.expiresAt };
  }

  private async verify(token: string): Promise<{ userId: string; sessionId: string; expiresAt: Date } | null> {
    try {
      const { payload } = await jwtVerify<{ sid: string }>(token, this.keyOf, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ["sub", "sid", "exp", "iat"],
      });
      const { sub, sid, exp } = payload;
      if (!isUuid(sub) || !isUuid(sid) || exp === undefined) return null;
      return { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  private readonly keyOf: JWTVerifyGetKey = ({ kid }) => {
    const known = this.keys.find(({ id }) => id === kid);
    if (known === undefined) throw new errors.JWKSNoMatchingKey();
    return known.key;
  };
}

/** Names a secret without telling it, so that a token says which of several it was signed with. */
const keyId = (secret: string): string => createHash("sha256").update(`kid:${secret}`).digest("base64url").slice(0, 12);

const hasExpired = (viewer: Viewer): boolean => viewer.kind === "user" && viewer.expiresAt <= new Date();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const isUuid = (value: unknown): value is string => typeof value === "string" && UUID.test(value);
