import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export const GateEntity = defineEntity({
  name: "Gate",
  tableName: "gates",
  properties: {
    id: p.uuid().primary(),
    venueId: p.uuid(),
    name: p.text(),
    createdAt: p.datetime(3),
  },
});

export type Gate = Row<typeof GateEntity>;
