import { vi } from "vitest";

/** Hundreds of people are made, each of whose hashes takes 15 ms: a password that guards nothing need not be dear. */
vi.mock("@node-rs/argon2", async (original) => {
  const argon2 = await original<typeof import("@node-rs/argon2")>();
  const hash: typeof argon2.hash = (password, options) => argon2.hash(password, { ...options, ...CHEAP });
  return { ...argon2, hash };
});

const CHEAP = { memoryCost: 64, timeCost: 1 };
