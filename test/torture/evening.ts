import { World } from "../setup/world.js";
import { Buyer } from "./buyer.js";
import type { Random } from "./random.js";
import { wrongRecords } from "./records.js";
import { Scanner } from "./scanner.js";
import type { Stage } from "./stage.js";

const SCANNERS = 3;
const BUYERS = 3;
const TICKETS = 120;
const PLACES = 5_000;
const PAUSE_MILLISECONDS = 80;
const SLOW_SECONDS = 1.5;

/** A venue at which people scan and buy all the time, whatever happens to the servers. */
export class Evening {
  private isOver = false;
  private running: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly stage: Stage,
    private readonly scanners: readonly Scanner[],
    private readonly buyers: readonly Buyer[],
    /** Who look whether anything works. */
    private readonly lookers: { readonly scanner: Scanner; readonly buyer: Buyer },
    private readonly slow: Scanner,
  ) {}

  /** On the stage's servers. */
  static async open(stage: Stage, random: Random): Promise<Evening> {
    const urls = stage.servers.map(({ url }) => url);
    const world = new World(urls[0] ?? "");
    const venue = await world.venue({ capacity: 10_000 });
    const event = await venue.event({}, [{ name: "Standard", quantity: PLACES }]);
    const codes = Array.from({ length: TICKETS }, (_, index) => `T${index}`);
    await event.tickets(codes);
    const scanners: Scanner[] = [];
    const buyers: Buyer[] = [];
    for (let index = 0; index <= SCANNERS; index += 1) {
      const own = codes.filter((_, ticket) => ticket % (SCANNERS + 1) === index);
      scanners.push(new Scanner(urls, (await venue.device()).token, own, random));
    }
    for (let index = 0; index <= BUYERS; index += 1) {
      buyers.push(new Buyer(urls, (await world.person()).client.token ?? "", event, random));
    }
    const lookers = { scanner: scanners[0] as Scanner, buyer: buyers[0] as Buyer };
    const slow = new Scanner(urls, (await world.venue().then((other) => other.device())).token, ["SLOW"], random);
    await stage.sql(`create function take_time() returns trigger language plpgsql as
      $$ begin perform pg_sleep(${SLOW_SECONDS}); return new; end $$`);
    await stage.sql(`create trigger take_time before insert on scans for each row
      when (new.code = 'SLOW') execute function take_time()`);
    return new Evening(stage, [...scanners, slow], buyers, lookers, slow);
  }

  begin(): void {
    const isOver = () => this.isOver;
    const { scanner, buyer } = this.lookers;
    this.running = Promise.all([
      ...this.scanners
        .filter((it) => it !== scanner && it !== this.slow)
        .map((it) => it.scanUntil(isOver, PAUSE_MILLISECONDS)),
      ...this.buyers.filter((it) => it !== buyer).map((it) => it.buyUntil(isOver, PAUSE_MILLISECONDS)),
    ]);
  }

  /** Milliseconds until a scan and a reservation have been answered that begin now. */
  async untilServed(): Promise<number> {
    const begun = performance.now();
    await Promise.all([this.lookers.scanner.scan(), this.lookers.buyer.hold()]);
    return performance.now() - begun;
  }

  /** One that the database takes its time for. Answers what it was told before it was answered: nothing, if all is well. */
  async scanSlowly(): Promise<readonly string[]> {
    this.slow.caller.faults.clear();
    await this.slow.scan();
    return [...this.slow.caller.faults.keys()];
  }

  /** How often each fault was told instead of an answer. */
  get faults(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const { faults } of this.callers) {
      for (const [name, times] of faults) sums[name] = (sums[name] ?? 0) + times;
    }
    return sums;
  }

  private get callers() {
    return [...this.scanners, ...this.buyers].map(({ caller }) => caller);
  }

  /** Ends when everybody has had their last answer. `passing`: the faults that may be told meanwhile. */
  async end(
    passing: readonly string[],
  ): Promise<{ readonly problems: readonly string[]; readonly acknowledged: number }> {
    this.isOver = true;
    await this.running;
    const scans = new Map(this.scanners.flatMap(({ acknowledged }) => [...acknowledged]));
    const purchases = new Map(this.buyers.flatMap(({ acknowledged }) => [...acknowledged]));
    const problems = [
      ...(await wrongRecords(this.stage, scans, purchases)),
      ...(await this.stage.wrongCounts()),
      ...this.callers.flatMap(({ complaints }) => complaints),
      ...Object.keys(this.faults)
        .filter((fault) => !passing.includes(fault))
        .map((fault) => `${fault} was told ${this.faults[fault]} times`),
    ];
    const paid = [...purchases.values()].filter(({ status }) => status !== "RESERVED").length;
    return { problems, acknowledged: scans.size + purchases.size + paid };
  }
}
