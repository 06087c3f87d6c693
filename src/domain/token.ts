import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

export const DEVICE_TOKEN_PREFIX = "ghd_";
export const REFRESH_TOKEN_PREFIX = "ghr_";

const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;
const CHECKSUM_CHARACTERS = 8;

/**
 * An opaque token: prefix, 256 random bits, checksum. The prefix lets secret scanners find one that leaked, and the checksum
 * lets the server turn down a mistyped one without a look into the database.
 */
export function makeToken(prefix: string): string {
  const body = prefix + randomBytes(SECRET_BYTES).toString("base64url");
  return body + checksumOf(body);
}

export function isWellFormedToken(prefix: string, token: string): boolean {
  const body = token.slice(0, -CHECKSUM_CHARACTERS);
  if (!body.startsWith(prefix) || !SECRET.test(body.slice(prefix.length))) return false;
  return timingSafeEqual(digestOf(token), digestOf(body + checksumOf(body)));
}

/** All that is stored of a token. It has too many bits to be guessed from a fast hash. */
export const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

const checksumOf = (body: string): string => crc32(body).toString(16).padStart(CHECKSUM_CHARACTERS, "0");
