import { setTimeout as sleep } from "node:timers/promises";
import { v4 as uuidv4 } from "uuid";
import { cancel, pay, type ReservationAnswer, reserve } from "../setup/sales.js";
import type { Event } from "../setup/world.js";
import { Caller, Refused } from "./caller.js";
import type { Random } from "./random.js";

export interface Purchase {
  readonly id: string;
  readonly places: number;
  /** What was acknowledged last. */
  status: "RESERVED" | "PAID" | "CANCELLED";
}

const MOST_PLACES = 3;

/** Somebody who holds places, and pays most of them or gives them back; each call is repeated, under its key, until it is answered. */
export class Buyer {
  /** What was acknowledged, by the key of the reservation. */
  readonly acknowledged = new Map<string, Purchase>();
  readonly caller: Caller;
  /** Once there were too few places left. */
  isSoldOut = false;

  constructor(
    urls: readonly string[],
    token: string,
    private readonly event: Event,
    private readonly random: Random,
  ) {
    this.caller = new Caller(urls, token, random);
  }

  async buyUntil(isOver: () => boolean, pauseMilliseconds: number): Promise<void> {
    while (!isOver() && !this.isSoldOut) {
      const purchase = await this.hold();
      await sleep(pauseMilliseconds * this.random.between(0.5, 1.5));
      if (purchase !== null && this.random.chance(0.7)) await this.pay(purchase);
      else if (purchase !== null && this.random.chance(0.5)) await this.cancel(purchase);
    }
  }

  /** Null where there are too few places left. */
  async hold(): Promise<Purchase | null> {
    const key = uuidv4();
    const places = Math.ceil(this.random.between(0, MOST_PLACES));
    const answer = await this.caller.insist((client) => reserve(client, this.event, { Standard: places }, key));
    this.isSoldOut = answer.userErrors[0]?.code === "SOLD_OUT";
    if (this.isSoldOut) return null;
    const purchase: Purchase = { id: reservationOf(answer).id, places, status: "RESERVED" };
    this.acknowledged.set(key, purchase);
    return purchase;
  }

  private async pay(purchase: Purchase): Promise<void> {
    const more = { idempotencyKey: uuidv4(), paymentToken: "card" };
    reservationOf(await this.caller.insist((client) => pay(client, purchase, more)));
    purchase.status = "PAID";
  }

  /** It has no key: who hears that it is cancelled has cancelled it before. */
  private async cancel(purchase: Purchase): Promise<void> {
    const answer = await this.caller.insist((client) => cancel(client, purchase));
    if (answer.userErrors[0]?.code !== "ALREADY_CANCELLED") reservationOf(answer);
    purchase.status = "CANCELLED";
  }
}

function reservationOf({ reservation, userErrors }: ReservationAnswer) {
  if (reservation === null) throw new Refused(JSON.stringify(userErrors));
  return reservation;
}
