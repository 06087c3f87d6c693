import { defineEntity, p } from "@mikro-orm/core";

/** One sign-in. It ends by logout, or when a refresh token of its is used twice. */
export const SessionEntity = defineEntity({
  name: "Session",
  tableName: "sessions",
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    createdAt: p.datetime(3),
    endedAt: p.datetime(3).nullable(),
  },
});

/** A refresh token, known by its SHA-256 alone. It works once: `usedAt` marks one that was traded in. */
export const RefreshTokenEntity = defineEntity({
  name: "RefreshToken",
  tableName: "refresh_tokens",
  properties: {
    digest: p.blob().primary(),
    sessionId: p.uuid(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    usedAt: p.datetime(3).nullable(),
  },
});
