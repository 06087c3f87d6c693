import { apiClient } from "../../../src/cli/client.js";
import { evening, type Step } from "../../../src/cli/demo/evening.js";
import { playNight } from "../../../src/cli/demo/night.js";
import { makeWorld, type World } from "../../../src/cli/demo/world.js";
import { Tally } from "../../../src/cli/replay/tally.js";

/** The demo's. */
const SEED = 20_261_031;
/** So many have come before anybody looks, and so many are inside when the pictures are taken: between them 90 % is reached. */
const INSIDE_BEFORE = 2_470;
const INSIDE_AT_LAST = 2_600;
const BEFORE_MILLISECONDS = 50 * 60_000;
const LIVE_SECONDS = 6;
const MOST_UPLOADED = 500;

const UPLOAD = `mutation Upload($input: UploadScansInput!) {
  uploadScans(input: $input) { results { userErrors { message } } }
}`;

export interface Evening {
  readonly world: World;
  /** Tickets that have not come yet. */
  readonly waiting: readonly string[];
  /** The last seconds before the pictures. */
  play(): Promise<void>;
}

/** The demo's world as it is when it has grown late: what was before is uploaded, as scanners do that were without a network. */
export async function makeEvening(url: string): Promise<Evening> {
  const world = await makeWorld(url);
  const steps = evening({ codes: world.codes, gates: world.gates.length, seed: SEED });
  const { taken, inside } = takeUntil(steps, INSIDE_BEFORE, new Set(world.codes));
  const last = taken.at(-1)?.step;
  const end = last?.at ?? 1;
  const now = Date.now();
  const scans = taken.map(({ step, admitted }, index) => ({
    gate: step.gate,
    ...{ key: `before-${index}`, code: step.code, direction: step.direction, admitted },
    scannedAt: new Date(now - (1 - step.at / end) * BEFORE_MILLISECONDS).toISOString(),
  }));
  for (let first = 0; first < scans.length; first += MOST_UPLOADED) {
    await upload(url, world, scans.slice(first, first + MOST_UPLOADED));
  }
  const rest = steps.slice(last ? steps.indexOf(last) + 1 : 0).filter(({ onlyIf }) => onlyIf === null);
  const live = rest.slice(0, INSIDE_AT_LAST - INSIDE_BEFORE);
  const later = rest.slice(live.length).filter(({ code }) => !inside.has(code) && world.codes.includes(code));
  return {
    world,
    waiting: later.map(({ code }) => code),
    play: async () => {
      const first = live[0]?.at ?? 0;
      const span = (live.at(-1)?.at ?? 1) - first;
      const played = live.map((step) => ({ ...step, at: (step.at - first) / span }));
      const how = { tally: new Tally(), signal: new AbortController().signal, done: () => {} };
      await playNight({ url, world, steps: played, seconds: LIVE_SECONDS, ...how });
    },
  };
}

interface Taken {
  readonly step: Step;
  readonly admitted: boolean;
}

/** What takes place until so many are inside, and whether the stewards let them through. */
function takeUntil(
  steps: readonly Step[],
  most: number,
  known: ReadonlySet<string>,
): { readonly taken: readonly Taken[]; readonly inside: ReadonlySet<string> } {
  const inside = new Set<string>();
  const taken: Taken[] = [];
  for (const step of steps) {
    if (inside.size >= most) break;
    const isInside = inside.has(step.code);
    if (step.onlyIf !== null && (step.onlyIf === "inside") !== isInside) continue;
    const admitted = step.direction === "EXIT" || (known.has(step.code) && !isInside);
    taken.push({ step, admitted });
    if (step.direction === "EXIT") inside.delete(step.code);
    else if (admitted) inside.add(step.code);
  }
  return { taken, inside };
}

type Upload = { readonly gate: number } & Readonly<Record<string, unknown>>;

async function upload(url: string, world: World, scans: readonly Upload[]): Promise<void> {
  for (const [index, { deviceToken }] of world.gates.entries()) {
    const own = scans.filter(({ gate }) => gate === index).map(({ gate: _gate, ...scan }) => scan);
    const input = { scans: own, sentAt: new Date().toISOString() };
    if (own.length > 0) await apiClient(url, deviceToken).request(UPLOAD, { input });
  }
}
