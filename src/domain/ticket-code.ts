import { randomBytes } from "node:crypto";

/** Crockford's: no I, L, O and U, so that a code can be read out and typed. 32 letters take 5 bits of a byte evenly. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 20;

/** A ticket's code with 100 random bits. */
export const makeCode = (): string =>
  Array.from(randomBytes(LENGTH), (byte) => LETTERS.charAt(byte % LETTERS.length)).join("");
