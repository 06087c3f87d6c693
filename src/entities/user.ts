import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export enum Role {
  MEMBER = "MEMBER",
  ADMIN = "ADMIN",
}

/** Mail that a user can do without, and turn off. */
export enum OptionalMail {
  WELCOME = "WELCOME",
  EVENT_CHANGED = "EVENT_CHANGED",
  TICKET_GIVEN = "TICKET_GIVEN",
}

/** A person. `email` is stored trimmed and in lower case; an erased person has neither address nor password. */
export const UserEntity = defineEntity({
  name: "User",
  tableName: "users",
  properties: {
    id: p.uuid().primary(),
    email: p.text().nullable(),
    name: p.text(),
    passwordHash: p.text().nullable(),
    role: p.enum(() => Role).columnType("text"),
    latitude: p.float().columnType("double precision").nullable(),
    longitude: p.float().columnType("double precision").nullable(),
    createdAt: p.datetime(3),
    mailOptOut: p.array().columnType("text[]").$type<OptionalMail[]>(),
  },
});

export type User = Row<typeof UserEntity>;
