import { randomUUID } from "node:crypto";
import type { Database } from "../../src/database.js";
import { expireHold } from "../../src/domain/hold-expiry.js";
import { decodeId } from "../../src/schema/ids.js";
import { cancel, lapse, outcomeOf, pay, type ReservationData, readReservation, reserve } from "./sales.js";
import type { TestGatehouse } from "./server.js";
import { type Command, type Places, TYPES, type TypeName } from "./stock-model.js";
import { type Event, mutate, type Person, type Venue } from "./world.js";

/** Of each type, few, so that they run out. */
export const QUANTITIES: Readonly<Record<TypeName, number>> = { A: 5, B: 3 };
/** Tickets that one user may hold of the event. */
export const LIMIT = 6;

export interface SaleParts {
  /** Without jobs, which run when a command says so. */
  readonly gatehouse: TestGatehouse;
  readonly database: Database;
  readonly venue: Venue;
  readonly users: readonly Person[];
}

interface Made {
  readonly reservation: ReservationData;
  readonly user: number;
  readonly places: Places;
  readonly key: string;
}

/** An event on sale, to which the commands of a model are done through the API. */
export async function openSale(parts: SaleParts): Promise<Sale> {
  const types = TYPES.map((name) => ({ name, quantity: QUANTITIES[name] }));
  return new Sale(parts, await parts.venue.event({}, types));
}

export class Sale {
  private readonly made: Made[] = [];
  /** Who holds each ticket by now. */
  private readonly tickets: { readonly id: string; holder: number }[] = [];
  /** So that keys of one sale are none of another's. */
  private readonly name = randomUUID();

  constructor(
    private readonly parts: SaleParts,
    private readonly event: Event,
  ) {}

  /** Answers the code of the user error, else the status of what the command is about. */
  async run(command: Command): Promise<string> {
    switch (command.kind) {
      case "reserve":
        return this.reserve(command.user, command.places);
      case "reserveAgain":
        return this.reserveAgain(this.at(command.reservation));
      case "pay": {
        const { reservation, user } = this.at(command.reservation);
        const idempotencyKey = `${this.name} ${command.reservation} ${command.key}`;
        return outcomeOf(await pay(this.clientOf(user), reservation, { idempotencyKey, paymentToken: command.token }));
      }
      case "lapse":
        return this.lapse(this.at(command.reservation), command.withJob);
      case "cancelReservation": {
        const { reservation, user } = this.at(command.reservation);
        return outcomeOf(await cancel(this.clientOf(user), reservation));
      }
      case "cancelTicket":
        return this.organize("cancelTicket", "TicketIdInput", "ticket { status }", {
          ticketId: this.ticketAt(command.ticket).id,
        });
      case "transfer":
        return this.transfer(this.ticketAt(command.ticket), command.to);
      case "setQuantity":
        return this.organize("updateTicketType", "UpdateTicketTypeInput", "ticketType { quantity }", {
          ticketTypeId: this.event.types.get(command.type),
          quantity: command.quantity,
        });
      case "cancelEvent":
        return this.organize("cancelEvent", "EventIdInput", "event { status }", { eventId: this.event.id });
    }
  }

  /** As anybody sees it. */
  async readStock() {
    const query = `query ($id: ID!) { event(id: $id) { totalTickets ticketsSold ticketsAvailable
      ticketTypes { name quantity sold reserved available } } }`;
    const { event } = await this.event.venue.owner.client.ok<{
      event: { ticketTypes: ({ name: string } & Record<string, number>)[] };
    }>(query, { id: this.event.id });
    const { ticketTypes, ...sums } = event;
    const types = TYPES.map((type) => {
      const { name: _name, ...stock } = ticketTypes.find(({ name }) => name === type) ?? { name: "" };
      return stock;
    });
    return { types, ...sums };
  }

  /** As their users read them, in the order of their making. */
  readReservations() {
    return Promise.all(
      this.made.map(async ({ reservation, user }) => {
        const read = await readReservation(this.clientOf(user), reservation);
        return { status: read?.status, tickets: read?.tickets.map(({ status }) => status) };
      }),
    );
  }

  private async reserve(user: number, places: Places): Promise<string> {
    const key = randomUUID();
    const answer = await reserve(this.clientOf(user), this.event, places, key);
    if (answer.reservation !== null) {
      this.made.push({ reservation: answer.reservation, user, places, key });
      this.tickets.push(...answer.reservation.tickets.map(({ id }) => ({ id, holder: user })));
    }
    return outcomeOf(answer);
  }

  private async reserveAgain({ reservation, user, places, key }: Made): Promise<string> {
    const answer = await reserve(this.clientOf(user), this.event, places, key);
    if (!answer.replayed || answer.reservation?.id !== reservation.id) throw new Error("not the same reservation");
    return outcomeOf(answer);
  }

  private async lapse({ reservation, user }: Made, withJob: boolean): Promise<string> {
    const { gatehouse, database } = this.parts;
    await lapse(gatehouse, reservation);
    if (withJob) await expireHold(database.orm.em.fork(), () => {}, decodeId("rsv", reservation.id));
    return (await readReservation(this.clientOf(user), reservation))?.status ?? "NOTHING";
  }

  private async transfer(ticket: { readonly id: string; holder: number }, to: number): Promise<string> {
    const answer = await mutate<{ ticket: { status: string } | null }>(
      this.clientOf(ticket.holder),
      "transferTicket",
      "TransferTicketInput",
      "ticket { status }",
      { ticketId: ticket.id, toEmail: this.parts.users[to]?.email },
    );
    if (answer.ticket !== null) ticket.holder = to;
    return answer.userErrors[0]?.code ?? answer.ticket?.status ?? "NOTHING";
  }

  /** A mutation of the event's owner; answers the one field that is asked of its object. */
  private async organize(...call: [name: string, input: string, selection: string, values: object]): Promise<string> {
    const [name, inputType, selection, values] = call;
    const { client } = this.event.venue.owner;
    const { userErrors, ...payload } = await mutate<object>(client, name, inputType, selection, { ...values });
    const [object] = Object.values(payload) as (Record<string, unknown> | null)[];
    return userErrors[0]?.code ?? String(Object.values(object ?? {})[0]);
  }

  private clientOf(user: number) {
    const person = this.parts.users[user];
    if (person === undefined) throw new Error(`there is no user ${user}`);
    return person.client;
  }

  private at(reservation: number): Made {
    const made = this.made[reservation];
    if (made === undefined) throw new Error(`there is no reservation ${reservation}`);
    return made;
  }

  private ticketAt(index: number) {
    const ticket = this.tickets[index];
    if (ticket === undefined) throw new Error(`there is no ticket ${index}`);
    return ticket;
  }
}
