import { registerEnumType } from "type-graphql";

export enum UserErrorCode {
  INVALID = "INVALID",
  NOT_FOUND = "NOT_FOUND",
  EMAIL_TAKEN = "EMAIL_TAKEN",
  BAD_CREDENTIALS = "BAD_CREDENTIALS",
  SOLD_OUT = "SOLD_OUT",
  SALES_CLOSED = "SALES_CLOSED",
  LIMIT_EXCEEDED = "LIMIT_EXCEEDED",
  RESERVATION_EXPIRED = "RESERVATION_EXPIRED",
  ALREADY_PAID = "ALREADY_PAID",
  ALREADY_CANCELLED = "ALREADY_CANCELLED",
  PAYMENT_DECLINED = "PAYMENT_DECLINED",
  KEY_REUSED = "KEY_REUSED",
  CODE_TAKEN = "CODE_TAKEN",
  CONFLICT = "CONFLICT",
}

registerEnumType(UserErrorCode, {
  name: "UserErrorCode",
  valuesConfig: {
    INVALID: {
      description:
        "A value is well typed but not acceptable: an end before its start, a negative quantity, a blank title.",
    },
    NOT_FOUND: { description: "No such object, or none that the caller may see." },
    SALES_CLOSED: { description: "The event is not published, is cancelled, or its sales window is closed." },
    LIMIT_EXCEEDED: { description: "More tickets than one user may hold for the event." },
    RESERVATION_EXPIRED: { description: "The hold ran out and its places are gone." },
    KEY_REUSED: { description: "The idempotency key was used before with a different input." },
    CODE_TAKEN: { description: "The ticket code is taken within the event." },
    CONFLICT: { description: "The object was changed meanwhile, or is in a state that forbids this." },
  },
});
