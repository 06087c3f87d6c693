import { setTimeout as sleep } from "node:timers/promises";
import { v4 as uuidv4 } from "uuid";
import { describe, expect, it } from "vitest";
import { type AnomalyData, named, readAnomalies, watchAnomalies } from "./setup/anomalies.js";
import { Client } from "./setup/client.js";
import { fromNow, openDoors, setCapacity } from "./setup/doors.js";
import type { TestGatehouse } from "./setup/server.js";
import { startTwoNodes } from "./setup/two-nodes.js";
import { made, recordScan, uploadScans, type Venue } from "./setup/world.js";

const PROBE_MILLISECONDS = 1_000;
/** Far more than news take to come; and what they take. */
const NEWS_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 1_200;

const nodes = startTwoNodes();

/** Somebody who watches a venue, and has been told of a probe: from then on they must be told of everything. */
class Watcher implements AsyncDisposable {
  private told = 0;

  private constructor(private readonly screen: ReturnType<typeof watchAnomalies>) {}

  static async begin(venue: Venue, { url }: TestGatehouse = nodes.near, { client } = venue.owner): Promise<Watcher> {
    const watcher = new Watcher(watchAnomalies(new Client(url, client.token), venue.id));
    while (watcher.screen.messages.length === 0) {
      await recordScan(venue.owner.client, { gateId: venue.gate(), code: "probe", direction: "EXIT", key: uuidv4() });
      await watcher.screen.next(PROBE_MILLISECONDS).catch(() => {});
    }
    return watcher;
  }

  /** All that came but for probes. */
  get anomalies(): AnomalyData[] {
    const told = this.screen.messages.map(({ anomaly }) => anomaly);
    return told.filter(({ ticket }) => ticket !== null);
  }

  /** The next ones, whatever their order, and soon nothing after them. */
  async expectNews(expected: readonly string[]): Promise<void> {
    const deadline = Date.now() + NEWS_MILLISECONDS;
    while (this.anomalies.length < this.told + expected.length && Date.now() < deadline) await sleep(50);
    await sleep(LOOK_MILLISECONDS);
    const news = this.anomalies.slice(this.told);
    this.told = this.anomalies.length;
    expect(named(news).sort()).toEqual([...expected].sort());
  }

  failure() {
    return this.screen.failure(NEWS_MILLISECONDS);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.screen.close();
  }
}

/** Scans as `T1 ENTRY -30`, in minutes from now; each has its text as its key. Answers their ids. */
async function upload(client: Client, texts: readonly string[], more: Record<string, unknown> = {}) {
  const scans = texts.map((text) => {
    const [code, direction, at] = text.split(" ");
    return { key: text, code, direction, scannedAt: fromNow(Number(at) / 60) };
  });
  const results = await uploadScans(client, scans, more);
  expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  return results.map(({ scan }) => scan?.id);
}

describe("whoever watches a venue's anomalies is told of", () => {
  it("each new one once, and of none that was there before", async () => {
    const { venue, client, event } = await openDoors(nodes.world, { codes: ["T1", "T2"] });
    await upload(client, ["T1 EXIT -60"]);
    await using screen = await Watcher.begin(venue);
    await recordScan(client, { code: "T1", key: "in" });
    await recordScan(client, { code: "T1", key: "again" });
    await screen.expectNews(["DUPLICATE_ENTRY again"]);
    await recordScan(client, { code: "T2", key: "out", direction: "EXIT" });
    await screen.expectNews(["EXIT_WITHOUT_ENTRY out"]);
    expect(screen.anomalies.map(({ id }) => id)).toEqual(
      (await readAnomalies(venue, { eventId: event.id }))
        .slice(0, 2)
        .map(({ id }) => id)
        .reverse(),
    );
  });

  it("an old one that a late upload makes of a scan that was in order, and not again of one that was not", async () => {
    const { venue, client } = await openDoors(nodes.world, { codes: ["T1", "T2"] });
    await upload(client, ["T1 EXIT -60", "T1 ENTRY -30", "T1 ENTRY -20"]);
    await using screen = await Watcher.begin(venue);
    await upload(client, ["T1 ENTRY -45"]);
    await screen.expectNews(["DUPLICATE_ENTRY T1 ENTRY -30"]);
    await upload(client, ["T1 EXIT -31", "T1 ENTRY -25"]);
    await screen.expectNews(["RAPID_REENTRY T1 ENTRY -30", "DUPLICATE_ENTRY T1 ENTRY -25"]);
  });

  it("one that an annulment makes", async () => {
    const { venue, client } = await openDoors(nodes.world);
    const [, exit] = await upload(client, ["T1 ENTRY -60", "T1 EXIT -50", "T1 ENTRY -40", "T1 ENTRY -30"]);
    await using screen = await Watcher.begin(venue);
    const input = { scanId: exit, reason: "Scanned by mistake" };
    await made(venue.owner.client, "annulScan", "AnnulScanInput", "scan { outcome }", input);
    await screen.expectNews(["DUPLICATE_ENTRY T1 ENTRY -40"]);
  });

  it("a crossing of the capacity that moves, when somebody is found to have been there before", async () => {
    const { venue, client } = await openDoors(nodes.world, { venue: { capacity: 1 }, codes: ["T1", "T2", "T3"] });
    await upload(client, ["T2 ENTRY -59", "T3 ENTRY -58"]);
    await using screen = await Watcher.begin(venue);
    await upload(client, ["T1 ENTRY -90"]);
    await screen.expectNews(["OVER_CAPACITY T2 ENTRY -59"]);
    await setCapacity(venue, 2);
    await upload(client, ["T1 EXIT 1"]);
    await screen.expectNews([]);
  });

  it("a scanner's clock once a day", async () => {
    const { venue, client } = await openDoors(nodes.world);
    await using screen = await Watcher.begin(venue);
    const sentAt = fromNow(1);
    const noon = 60 - (Date.now() % 86_400_000) / 60_000 - 12 * 60;
    await upload(client, [`T1 EXIT ${noon}`], { sentAt });
    await screen.expectNews([`CLOCK_SKEW T1 EXIT ${noon}`, `EXIT_WITHOUT_ENTRY T1 EXIT ${noon}`]);
    await upload(client, [`T1 ENTRY ${noon + 20}`], { sentAt });
    await screen.expectNews([]);
  });
});

it("is told on another node too, and each who watches is told all", async () => {
  const { venue, client } = await openDoors(nodes.world);
  await using here = await Watcher.begin(venue);
  await using there = await Watcher.begin(venue, nodes.far);
  await using alsoThere = await Watcher.begin(venue, nodes.far);
  await upload(client, ["T1 EXIT -60"]);
  await Promise.all([here, there, alsoThere].map((screen) => screen.expectNews(["EXIT_WITHOUT_ENTRY T1 EXIT -60"])));
});

it("ends for somebody who no longer works there", async () => {
  const { venue } = await openDoors(nodes.world);
  const staff = await venue.staff();
  await using screen = await Watcher.begin(venue, nodes.near, staff);
  const input = { venueId: venue.id, email: staff.email };
  await made(venue.owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", input);
  expect((await screen.failure())?.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
});
