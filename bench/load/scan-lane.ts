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

/** One device over one connection, with one scan under way at a time. */
export interface Scanner {
  /** Answers the venue's version by then. Throws where the verdict is not the one that was drawn. */
  scan(draw: Draw): Promise<number>;
  close(): void;
}

export async function openScanner(url: string, token: string): Promise<Scanner> {
  const connection = await Connection.open(url, token);
  return {
    async scan(draw) {
      const { key, code, direction } = draw;
      const text = await connection.post(`${PREFIX}${JSON.stringify({ key, code, direction })}}}`);
      return checked(text, draw).occupancy.version;
    },
    close: () => connection.close(),
  };
}

/** Single scans, each with a fresh key. */
export async function openScanLane(url: string, token: string, crowd: Crowd): Promise<Lane> {
  const scanner = await openScanner(url, token);
  let version = 0;
  return {
    async send() {
      const draw = crowd.draw();
      const reached = await scanner.scan(draw);
      if (!(reached > version)) throw new Error(`the version went back from ${version} to ${reached}`);
      version = reached;
      crowd.settle(draw);
      return 1;
    },
    close: () => scanner.close(),
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
