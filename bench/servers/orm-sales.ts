import { payload } from "../../src/resolvers/user-errors.js";
import { decodeId, encodeId } from "../../src/schema/ids.js";
import { type Held, type ReserveOrder, reservePlaces } from "./orm-reserve.js";
import { reserveWhole } from "./orm-reserve-whole.js";
import { publicSchema } from "./public-schema.js";
import { type OrmContext, serveOrm } from "./serve-orm.js";
import { readToken } from "./session.js";

interface ReserveTicketsInput {
  readonly eventId: string;
  readonly items: readonly { readonly ticketTypeId: string; readonly quantity: number }[];
  readonly idempotencyKey: string;
}

const NOTHING = { reservation: null, replayed: false };

/** `DUTIES`: `places` alone, or `all` that the API promises. */
serveOrm((settings) => {
  const rules = {
    holdSeconds: Number(settings["HOLD_SECONDS"]),
    ticketsPerUser: Number(settings["TICKETS_PER_USER"]),
  };
  const reserve = async (order: ReserveOrder, { em }: OrmContext) =>
    settings["DUTIES"] === "all"
      ? reserveWhole(em, order, rules)
      : { ...(await reservePlaces(em, order, rules.holdSeconds)), replayed: false };
  return {
    typeDefs: publicSchema(),
    resolvers: {
      Mutation: {
        reserveTickets: (_root: unknown, { input }: { input: ReserveTicketsInput }, context: OrmContext) =>
          payload(async () => {
            const { replayed, ...held } = await reserve(await readOrder(input, context), context);
            return { reservation: shown(held), replayed };
          }, NOTHING),
      },
    },
    // More would only queue at the ticket type's row.
    connections: 4,
  };
});

const readOrder = async (input: ReserveTicketsInput, { authorization }: OrmContext): Promise<ReserveOrder> => ({
  ...(await readToken(authorization)),
  eventId: decodeId("evt", input.eventId),
  items: input.items.map((item) => ({ ...item, ticketTypeId: decodeId("tty", item.ticketTypeId) })),
  key: input.idempotencyKey,
});

const shown = ({ reservation: { id, status, expiresAt, totalMinor, currency }, tickets }: Held) => ({
  id: encodeId("rsv", id),
  status,
  expiresAt,
  total: { amountMinor: totalMinor, currency },
  tickets: tickets.map((ticket) => ({ id: encodeId("tkt", ticket.id), status: ticket.status })),
});
