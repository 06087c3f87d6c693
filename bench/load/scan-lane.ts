import { Connection } from "./connection.js";
import { type Crowd, type Draw, outcomeOf } from "./crowd.js";
import type { Lane } from "./lane.js";

const DOCUMENT = `mutation Scan($input: RecordScanInput!) {
  recordScan(input: $input) {
    scan { outcome reason capacityOverride }
    replayed
    occupancy { inside capacity available version }
    userErrors { code message }
  }
}`;
const PREFIX = `{"query":${JSON.stringify(DOCUMENT)},"variables":{"input":`;

interface Answer {
  readonly data: {
    readonly recordScan: {
      readonly scan: { readonly outcome: string; readonly reason: string | null; readonly capacityOverride: boolean };
      readonly replayed: boolean;
      readonly occupancy: { readonly inside: number; readonly version: number };
      readonly userErrors: readonly unknown[];
    };
  };
}

/** Single scans, each with a fresh key. */
export async function openScanLane(url: string, token: string, crowd: Crowd): Promise<Lane> {
  const connection = await Connection.open(url, token);
  let version = 0;
  return {
    async send() {
      const draw = crowd.draw();
      const { key, code, direction } = draw;
      const text = await connection.post(`${PREFIX}${JSON.stringify({ key, code, direction })}}}`);
      const { occupancy } = checked(text, draw);
      if (!(occupancy.version > version)) throw new Error(`the version went back from ${version}: ${text}`);
      version = occupancy.version;
      crowd.settle(draw);
      return 1;
    },
    close: () => connection.close(),
  };
}

function checked(text: string, draw: Draw): Answer["data"]["recordScan"] {
  const answer = JSON.parse(text) as Partial<Answer>;
  const recorded = answer.data?.recordScan;
  const isExpected =
    !("errors" in answer) &&
    recorded?.scan?.outcome === outcomeOf(draw) &&
    recorded.scan.reason === draw.reason &&
    recorded.scan.capacityOverride === false &&
    recorded.replayed === false &&
    recorded.userErrors.length === 0 &&
    Number.isInteger(recorded.occupancy?.inside);
  if (!isExpected) throw new Error(`unexpected answer to ${JSON.stringify(draw)}: ${text}`);
  return recorded;
}
