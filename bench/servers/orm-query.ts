import { type Event, EventEntity, EventStatus } from "../../src/entities/event.js";
import { type Ticket, TicketEntity } from "../../src/entities/ticket.js";
import { type TicketType, TicketTypeEntity } from "../../src/entities/ticket-type.js";
import { UserEntity } from "../../src/entities/user.js";
import { VenueEntity } from "../../src/entities/venue.js";
import { encodeId, type Prefix } from "../../src/schema/ids.js";
import { publicSchema } from "./public-schema.js";
import { type OrmContext, serveOrm } from "./serve-orm.js";
import { readToken } from "./session.js";

interface Page {
  readonly first: number;
}

const idOf = (prefix: Prefix) => ({ id: ({ id }: { id: string }) => encodeId(prefix, id) });

/** Each field asks for what it needs when it is its turn. No field looks up who may read it. */
serveOrm(() => ({
  typeDefs: publicSchema(),
  resolvers: {
    Query: {
      events: async (_root: unknown, { first }: Page, { em, authorization }: OrmContext) => {
        await readToken(authorization);
        const where = { status: EventStatus.PUBLISHED };
        return { nodes: await em.find(EventEntity, where, { orderBy: { startsAt: "asc", id: "asc" }, limit: first }) };
      },
    },
    Event: {
      ...idOf("evt"),
      venue: ({ venueId }: Event, _args: unknown, { em }: OrmContext) => em.findOne(VenueEntity, venueId),
      ticketTypes: ({ id }: Event, _args: unknown, { em }: OrmContext) =>
        em.find(TicketTypeEntity, { eventId: id }, { orderBy: { id: "asc" } }),
      tickets: async ({ id }: Event, { first }: Page, { em }: OrmContext) => ({
        nodes: await em.find(TicketEntity, { eventId: id }, { orderBy: { id: "asc" }, limit: first }),
      }),
    },
    User: idOf("usr"),
    Venue: idOf("ven"),
    TicketType: {
      ...idOf("tty"),
      price: ({ priceMinor, currency }: TicketType) => ({ amountMinor: priceMinor, currency }),
      available: ({ quantity, sold, reserved }: TicketType) => quantity - sold - reserved,
    },
    Ticket: {
      ...idOf("tkt"),
      holder: ({ holderId }: Ticket, _args: unknown, { em }: OrmContext) => em.findOne(UserEntity, { id: holderId }),
    },
  },
  connections: 10,
}));
