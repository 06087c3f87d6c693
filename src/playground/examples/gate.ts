import type { Example, TimeAfter } from "./example.js";
import { CODE, ID, KEY } from "./stand-ins.js";

const MINUTE = 60_000;

export function gateExamples(after: TimeAfter): readonly Example[] {
  return [...GATE, uploadScans(after)];
}

const GATE: readonly Example[] = [
  {
    group: "At the gate",
    title: "Preview a scan",
    query: `# The verdict that recordScan would give now; nothing is recorded.
query PreviewScan($input: PreviewScanInput!) {
  previewScan(input: $input) {
    outcome
    reason
    capacityOverride
    ticket { id holderName inside }
  }
}`,
    variables: { input: { code: CODE, direction: "ENTRY", gateId: ID.gate } },
  },
  {
    group: "At the gate",
    title: "Record a scan",
    query: `# Sent again with the same key, it answers the same verdict (replayed: true) and counts once.
# With a new key the same ticket is refused as ALREADY_INSIDE: a refusal is data, not an error.
mutation RecordScan($input: RecordScanInput!) {
  recordScan(input: $input) {
    replayed
    scan { id outcome reason capacityOverride scannedAt gate { name } ticket { id holderName inside } }
    occupancy { inside available version }
    userErrors { code message path }
  }
}`,
    variables: { input: { key: KEY, code: CODE, direction: "ENTRY", gateId: ID.gate } },
  },
];

function uploadScans(after: TimeAfter): Example {
  return {
    group: "At the gate",
    title: "Upload offline scans",
    query: `# What happened while the scanner was offline: one result per item, in order. sentAt is the scanner's clock as
# it sends; more than two minutes off the server's, and every scannedAt is corrected by the difference.
mutation UploadScans($input: UploadScansInput!) {
  uploadScans(input: $input) {
    results {
      replayed
      scan { id direction outcome reason conflict scannedAt }
      userErrors { code message path }
    }
    occupancy { inside entries exits version }
  }
}`,
    variables: {
      input: {
        gateId: ID.gate,
        sentAt: after(0),
        scans: [
          { key: KEY, code: CODE, direction: "ENTRY", scannedAt: after(-20 * MINUTE) },
          { key: KEY, code: CODE, direction: "EXIT", scannedAt: after(-5 * MINUTE) },
        ],
      },
    },
  };
}
