import { Connection } from "./connection.js";
import type { Crowd } from "./crowd.js";
import type { Lane } from "./lane.js";

export const UPLOADED_SCANS = 500;

const DOCUMENT = `mutation Upload($input: UploadScansInput!) {
  uploadScans(input: $input) {
    results { scan { key outcome conflict } replayed userErrors { code message } }
    occupancy { inside version }
  }
}`;

interface Answer {
  readonly data: {
    readonly uploadScans: {
      readonly results: readonly {
        readonly scan: { readonly key: string; readonly outcome: string; readonly conflict: string | null } | null;
        readonly replayed: boolean;
      }[];
    };
  };
}

/** Uploads of 500 offline scans. */
export async function openUploadLane(url: string, token: string, crowd: Crowd): Promise<Lane> {
  const connection = await Connection.open(url, token);
  return {
    async send() {
      const draws = Array.from({ length: UPLOADED_SCANS }, () => crowd.passage());
      const now = new Date().toISOString();
      const scans = draws.map(({ key, code, direction }) => ({ key, code, direction, scannedAt: now }));
      const variables = { input: { scans, sentAt: now } };
      const text = await connection.post(JSON.stringify({ query: DOCUMENT, variables }));
      check(
        text,
        draws.map(({ key }) => key),
      );
      for (const draw of draws) crowd.settle(draw);
      return draws.length;
    },
    close: () => connection.close(),
  };
}

function check(text: string, keys: readonly string[]): void {
  const answer = JSON.parse(text) as Partial<Answer>;
  const results = answer.data?.uploadScans?.results ?? [];
  const isExpected =
    !("errors" in answer) &&
    results.length === keys.length &&
    results.every(
      ({ scan, replayed }, index) =>
        scan?.key === keys[index] && scan?.outcome === "ACCEPTED" && scan.conflict === null && !replayed,
    );
  if (!isExpected) throw new Error(`unexpected answer to an upload: ${text.slice(0, 1000)}`);
}
