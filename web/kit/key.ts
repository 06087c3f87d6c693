/** An idempotency key, which nobody else makes. `crypto.randomUUID` is not there on pages that came over plain HTTP. */
export function makeKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
