/** A naive model of an event's sale, written from the API's descriptions alone: it counts tickets and keeps no sums. */

export const TYPES = ["A", "B"] as const;
export type TypeName = (typeof TYPES)[number];

export type Places = Readonly<Partial<Record<TypeName, number>>>;

/** Users, reservations, tickets and keys are told by their numbers; the latter three count from the first that was made. */
export type Command =
  | { readonly kind: "reserve"; readonly user: number; readonly places: Places }
  | { readonly kind: "reserveAgain"; readonly reservation: number }
  | { readonly kind: "pay"; readonly reservation: number; readonly token: "test" | "decline"; readonly key: number }
  /** The hold's time runs out, with the job that says so or without. */
  | { readonly kind: "lapse"; readonly reservation: number; readonly withJob: boolean }
  | { readonly kind: "cancelReservation"; readonly reservation: number }
  | { readonly kind: "cancelTicket"; readonly ticket: number }
  | { readonly kind: "transfer"; readonly ticket: number; readonly to: number }
  | { readonly kind: "setQuantity"; readonly type: TypeName; readonly quantity: number }
  | { readonly kind: "cancelEvent" };

export type Status = "RESERVED" | "PAID" | "EXPIRED" | "CANCELLED";

export interface ModelPlace {
  readonly type: TypeName;
  holder: number;
  status: Status;
}

export interface ModelReservation {
  readonly user: number;
  status: Status;
  readonly tickets: readonly ModelPlace[];
  /** The key that paid it. */
  paidBy: number | null;
}

export interface ModelStock {
  readonly quantity: number;
  readonly sold: number;
  readonly reserved: number;
  readonly available: number;
}

export class ModelSale {
  readonly reservations: ModelReservation[] = [];
  private readonly quantities: Record<TypeName, number>;
  private isCancelled = false;

  constructor(
    quantities: Readonly<Record<TypeName, number>>,
    private readonly ticketsPerUser: number,
  ) {
    this.quantities = { ...quantities };
  }

  get tickets(): readonly ModelPlace[] {
    return this.reservations.flatMap(({ tickets }) => tickets);
  }

  stockOf(type: TypeName): ModelStock {
    const quantity = this.quantities[type];
    const [sold, reserved] = [this.count(type, "PAID"), this.count(type, "RESERVED")];
    return { quantity, sold, reserved, available: this.isCancelled ? 0 : quantity - sold - reserved };
  }

  /** Does what the command says, and answers the code of its user error, else the status of what it is about. */
  run(command: Command): string {
    switch (command.kind) {
      case "reserve":
        return this.reserve(command.user, command.places);
      case "reserveAgain":
        return this.reservation(command.reservation).status;
      case "pay":
        return this.pay(this.reservation(command.reservation), command);
      case "lapse":
        return this.lapse(this.reservation(command.reservation));
      case "cancelReservation":
        return this.cancelReservation(this.reservation(command.reservation));
      case "cancelTicket":
        return this.cancelTicket(this.ticket(command.ticket));
      case "transfer":
        return this.transfer(this.ticket(command.ticket), command.to);
      case "setQuantity":
        return this.setQuantity(command.type, command.quantity);
      case "cancelEvent":
        return this.cancelEvent();
    }
  }

  private reserve(user: number, places: Places): string {
    const types = (Object.keys(places) as TypeName[]).flatMap((type) => Array<TypeName>(places[type] ?? 0).fill(type));
    if (this.isCancelled) return "SALES_CLOSED";
    if (this.countOf(user) + types.length > this.ticketsPerUser) return "LIMIT_EXCEEDED";
    if (!this.areFree(types)) return "SOLD_OUT";
    const tickets = types.map((type): ModelPlace => ({ type, holder: user, status: "RESERVED" }));
    this.reservations.push({ user, status: "RESERVED", tickets, paidBy: null });
    return "RESERVED";
  }

  private pay(
    reservation: ModelReservation,
    { token, key }: { readonly token: "test" | "decline"; readonly key: number },
  ): string {
    if (reservation.paidBy === key) return token === "test" ? reservation.status : "KEY_REUSED";
    if (reservation.status === "PAID") return "ALREADY_PAID";
    if (reservation.status === "CANCELLED") return "ALREADY_CANCELLED";
    if (token === "decline") return "PAYMENT_DECLINED";
    if (this.isCancelled) return "ALREADY_CANCELLED";
    if (reservation.status === "EXPIRED") {
      const types = reservation.tickets.map(({ type }) => type);
      if (this.countOf(reservation.user) + types.length > this.ticketsPerUser) return "LIMIT_EXCEEDED";
      if (!this.areFree(types)) return "RESERVATION_EXPIRED";
    }
    reservation.paidBy = key;
    return end(reservation, "PAID");
  }

  private lapse(reservation: ModelReservation): string {
    return reservation.status === "RESERVED" ? end(reservation, "EXPIRED") : reservation.status;
  }

  private cancelReservation(reservation: ModelReservation): string {
    if (reservation.status === "PAID") return "ALREADY_PAID";
    if (reservation.status === "CANCELLED") return "ALREADY_CANCELLED";
    return end(reservation, "CANCELLED");
  }

  private cancelTicket(ticket: ModelPlace): string {
    if (ticket.status === "CANCELLED") return "ALREADY_CANCELLED";
    if (ticket.status !== "PAID") return "CONFLICT";
    ticket.status = "CANCELLED";
    return ticket.status;
  }

  private transfer(ticket: ModelPlace, to: number): string {
    if (ticket.status !== "PAID" || ticket.holder === to) return "CONFLICT";
    ticket.holder = to;
    return ticket.status;
  }

  private setQuantity(type: TypeName, quantity: number): string {
    if (this.isCancelled) return "ALREADY_CANCELLED";
    if (quantity < this.count(type, "PAID") + this.count(type, "RESERVED")) return "INVALID";
    this.quantities[type] = quantity;
    return String(quantity);
  }

  /** What has run out has ended before. */
  private cancelEvent(): string {
    if (this.isCancelled) return "ALREADY_CANCELLED";
    this.isCancelled = true;
    for (const reservation of this.reservations) {
      if (reservation.status === "RESERVED" || reservation.status === "PAID") end(reservation, "CANCELLED");
    }
    return "CANCELLED";
  }

  private areFree(types: readonly TypeName[]): boolean {
    return TYPES.every((type) => types.filter((of) => of === type).length <= this.stockOf(type).available);
  }

  private count(type: TypeName, status: Status): number {
    return this.tickets.filter((ticket) => ticket.type === type && ticket.status === status).length;
  }

  /** Tickets that the user holds to the limit: paid, and held while the hold lasts. */
  private countOf(user: number): number {
    return this.tickets.filter(({ holder, status }) => holder === user && (status === "PAID" || status === "RESERVED"))
      .length;
  }

  private reservation(index: number): ModelReservation {
    const found = this.reservations[index];
    if (found === undefined) throw new Error(`the model has no reservation ${index}`);
    return found;
  }

  private ticket(index: number): ModelPlace {
    const found = this.tickets[index];
    if (found === undefined) throw new Error(`the model has no ticket ${index}`);
    return found;
  }
}

function end(reservation: ModelReservation, status: Status): string {
  reservation.status = status;
  for (const ticket of reservation.tickets) ticket.status = status;
  return status;
}
