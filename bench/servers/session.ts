import { createSecretKey } from "node:crypto";
import { jwtVerify } from "jose";
import { AUTH_SECRET } from "./secret.js";

const KEY = createSecretKey(Buffer.from(AUTH_SECRET));

export interface Claims {
  readonly userId: string;
  readonly sessionId: string;
}

/** Whose token it is, by its signature alone. Throws when it is not good. */
export async function readToken(authorization: string | undefined): Promise<Claims> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const { payload } = await jwtVerify<{ sid: string }>(token, KEY);
  return { userId: payload.sub ?? "", sessionId: payload.sid };
}
