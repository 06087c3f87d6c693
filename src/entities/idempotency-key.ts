import { defineEntity, p } from "@mikro-orm/core";

/** A user's key of an operation that succeeded, with the SHA-256 of its input and what it made. */
export const IdempotencyKeyEntity = defineEntity({
  name: "IdempotencyKey",
  tableName: "idempotency_keys",
  properties: {
    userId: p.uuid().primary(),
    operation: p.text().primary(),
    key: p.text().primary(),
    inputDigest: p.blob(),
    reservationId: p.uuid(),
    createdAt: p.datetime(3),
  },
});
