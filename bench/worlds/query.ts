import { apiClient } from "../../src/cli/client.js";
import type { Place } from "../suite.js";
import { issueTickets, makeEvent, makeVenue, OWNER_EMAIL, type Owner, registerOwner } from "./organizer.js";
import { makePeople, type Person } from "./people.js";

export interface QueryWorld {
  readonly token: string;
  /** What the query comes to. */
  readonly data: object;
}

const EVENTS = 20;
const TICKETS = 20;

/** A page of events as their organizer sees them. */
export const DOCUMENT = `query Program {
  events(first: ${EVENTS}) {
    nodes {
      id
      title
      startsAt
      venue { id name address }
      ticketTypes { id name price { amountMinor currency } available }
      tickets(first: ${TICKETS}) { nodes { id code status holder { id name } } }
    }
  }
}`;

const VENUES = 5;
const EVENTS_PER_VENUE = 8;
const TYPES = ["Standing", "Seated", "Balcony"];
const TICKETS_PER_TYPE = 20;
const PEOPLE = 500;

/** A season of events at several venues, each with more tickets than are asked for, and many holders. */
export async function makeQueryWorld({ apiUrl, databaseUrl }: Place): Promise<QueryWorld> {
  const owner = await registerOwner(apiUrl);
  const people = await makePeople(databaseUrl, PEOPLE, OWNER_EMAIL);
  for (let venue = 0; venue < VENUES; venue += 1) await makeSeason(owner, venue, people);
  return { token: owner.token, data: await readProgram(apiUrl, owner) };
}

/** Its events take turns with those of the other venues. */
async function makeSeason(owner: Owner, number: number, people: readonly Person[]): Promise<void> {
  const venue = await makeVenue(owner, { name: `Hall ${number}`, capacity: 10_000 });
  for (let show = 0; show < EVENTS_PER_VENUE; show += 1) {
    const evening = show * VENUES + number;
    const options = { title: `Evening ${evening}`, types: TYPES, quantity: 1_000, afterHours: 24 * (evening + 1) };
    const { eventId, ticketTypeIds } = await makeEvent(owner, venue.id, options);
    for (const [type, ticketTypeId] of ticketTypeIds.entries()) {
      const first = (evening * TYPES.length + type) * TICKETS_PER_TYPE;
      const tickets = Array.from({ length: TICKETS_PER_TYPE }, (_, ticket) => ({
        holderEmail: people[(first + ticket) % people.length]?.email,
      }));
      await issueTickets(owner, eventId, ticketTypeId, tickets);
    }
  }
}

interface Program {
  readonly events: {
    readonly nodes: readonly {
      readonly venue: { readonly name: string };
      readonly ticketTypes: readonly unknown[];
      readonly tickets: { readonly nodes: readonly { readonly holder: { readonly name: string } | null }[] };
    }[];
  };
}

/** Gatehouse's own answer, which must be whole. */
async function readProgram(url: string, { token }: Owner): Promise<Program> {
  const program = await apiClient(url, token).request<Program>(DOCUMENT);
  const { nodes } = program.events;
  const isWhole =
    nodes.length === EVENTS &&
    new Set(nodes.map(({ venue }) => venue.name)).size === VENUES &&
    nodes.every(({ ticketTypes }) => ticketTypes.length === TYPES.length) &&
    nodes.every(({ tickets }) => tickets.nodes.length === TICKETS && tickets.nodes.every(({ holder }) => holder?.name));
  if (!isWhole) throw new Error(`the program is not whole: ${JSON.stringify(program).slice(0, 1000)}`);
  return program;
}
