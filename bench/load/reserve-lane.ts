import { randomUUID } from "node:crypto";
import { Connection } from "./connection.js";
import type { Lane } from "./lane.js";
import type { Order } from "./order.js";

/** What is on sale, and to whom. */
export interface ReserveLoad {
  readonly eventId: string;
  readonly ticketTypeId: string;
  readonly priceMinor: number;
  /** Of the buyers. */
  readonly tokens: readonly string[];
}

export interface SalesTotals {
  reservations: number;
  tickets: number;
}

/** What was answered by one target, from the first order on. */
export class Sales {
  readonly totals: SalesTotals = { reservations: 0, tickets: 0 };

  count(tickets: number): void {
    this.totals.reservations += 1;
    this.totals.tickets += tickets;
  }
}

const PLACES = 2;

const DOCUMENT = `mutation Reserve($input: ReserveTicketsInput!) {
  reserveTickets(input: $input) {
    reservation { id status expiresAt total { amountMinor currency } tickets { id status } }
    replayed
    userErrors { code message }
  }
}`;
const PREFIX = `{"query":${JSON.stringify(DOCUMENT)},"variables":{"input":`;

interface Answer {
  readonly data: {
    readonly reserveTickets: {
      readonly reservation: {
        readonly status: string;
        readonly expiresAt: string;
        readonly total: { readonly amountMinor: number };
        readonly tickets: readonly { readonly status: string }[];
      } | null;
      readonly replayed: boolean;
      readonly userErrors: readonly unknown[];
    };
  };
}

/** Reservations of two places, each with a fresh key, by one of the lane's own buyers after the other. */
export async function openReserveLane(order: Order & ReserveLoad, index: number, sales: Sales): Promise<Lane> {
  const { tokens, eventId, ticketTypeId, connections } = order;
  const own = tokens.filter((_, buyer) => buyer % connections === index);
  const connection = await Connection.open(order.url, own[0] ?? "");
  const items = [{ ticketTypeId, quantity: PLACES }];
  let sent = 0;
  return {
    async send() {
      const token = own[sent % own.length];
      sent += 1;
      const input = { eventId, items, idempotencyKey: randomUUID() };
      check(await connection.post(`${PREFIX}${JSON.stringify(input)}}}`, token), PLACES * order.priceMinor);
      sales.count(PLACES);
      return 1;
    },
    close: () => connection.close(),
  };
}

function check(text: string, totalMinor: number): void {
  const { reservation, replayed, userErrors } = (JSON.parse(text) as Partial<Answer>).data?.reserveTickets ?? {};
  const isExpected =
    reservation?.status === "RESERVED" &&
    Date.parse(reservation.expiresAt) > Date.now() &&
    reservation.total.amountMinor === totalMinor &&
    reservation.tickets.length === PLACES &&
    reservation.tickets.every(({ status }) => status === "RESERVED") &&
    replayed === false &&
    userErrors?.length === 0;
  if (!isExpected) throw new Error(`unexpected answer to a reservation: ${text}`);
}
