import { type ApiClient, ApiError, apiClient } from "../client.js";
import { Lanes } from "../replay/lanes.js";
import { pacer } from "../replay/pace.js";
import { type Count, type Tally, VERDICT_FIELDS, type Verdict } from "../replay/tally.js";
import type { Step } from "./evening.js";
import type { World } from "./world.js";

const IN_FLIGHT = 16;

const RECORD = `mutation Record($input: RecordScanInput!) {
  recordScan(input: $input) {
    scan { ${VERDICT_FIELDS} } occupancy { inside capacity version } userErrors { code message }
  }
}`;

export interface Night {
  readonly url: string;
  readonly world: World;
  readonly steps: readonly Step[];
  readonly seconds: number;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Told of each step when it is over, whether or not it took place. */
  done(): void;
}

/** Plays an evening through the API, as the devices at the gates. Throws when the signal ends it. */
export async function playNight({ url, world, steps, seconds, tally, signal, done }: Night): Promise<void> {
  const devices = world.gates.map(({ deviceToken }) => apiClient(url, deviceToken));
  const lanes = new Lanes(IN_FLIGHT);
  const inside = new Set<string>();
  const due = pacer(1, signal);
  try {
    for (const [index, step] of steps.entries()) {
      signal.throwIfAborted();
      await due(step.at * seconds * 1000);
      const device = devices[step.gate];
      await lanes.add(step.code, async () => {
        if (device && takesPlace(step, inside)) await pass(device, { step, key: `demo-${index}`, inside, tally });
        done();
      });
    }
  } finally {
    // On a signal too: what is under way must be answered before the server goes.
    await lanes.finish();
  }
}

function takesPlace({ code, onlyIf }: Step, inside: ReadonlySet<string>): boolean {
  return onlyIf === null || (onlyIf === "inside") === inside.has(code);
}

interface Passing {
  readonly step: Step;
  readonly key: string;
  readonly inside: Set<string>;
  readonly tally: Tally;
}

async function pass(device: ApiClient, { step: { code, direction }, key, inside, tally }: Passing): Promise<void> {
  const { recordScan } = await device.request<{
    recordScan: { scan: Verdict | null; occupancy: Count | null; userErrors: { code: string; message: string }[] };
  }>(RECORD, { input: { key, code, direction } }, { repeatable: true });
  const { scan, occupancy, userErrors } = recordScan;
  if (scan === null) throw new ApiError(userErrors[0]?.message ?? "no verdict", userErrors[0]?.code ?? "UNKNOWN");
  tally.verdict(scan, false);
  tally.count(occupancy);
  if (scan.outcome !== "ACCEPTED") return;
  if (direction === "ENTRY") inside.add(code);
  else inside.delete(code);
}
