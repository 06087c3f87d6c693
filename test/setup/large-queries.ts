import type { Variables } from "./client.js";

/** A query with its variables. */
export type Asked = readonly [query: string, variables?: Variables];

export const NOBODY = `${"0".repeat(26)}`;
const venue = `venue(id: "ven_${NOBODY}")`;
const repeat = (times: number, make: (index: number) => string): string =>
  Array.from({ length: times }, (_, i) => make(i)).join(" ");

/** So many fields deep, the last a leaf. Its pages have one row. */
export function deep(depth: number): string {
  const levels = ["venues(first: 1)", "nodes", "events(first: 1)", "nodes", "venue"];
  const fields = Array.from({ length: depth - 1 }, (_, level) => (level < 5 ? levels[level] : nextOf(level)));
  return `{ ${fields.map((field) => `${field} {`).join(" ")} __typename ${"}".repeat(depth - 1)} }`;
}

/** After `venue`: its owner's events' venue, and so on. */
const nextOf = (level: number): string | undefined => ["events(first: 1)", "nodes", "venue"][(level - 5) % 3];

/** Each of so many fragments spreads the next ten times. */
export const fanOut = (fragments: number, last: string): string =>
  `{ ${venue} { ...F0 } } ${repeat(fragments, (i) => `fragment F${i} on Venue { ${`...F${i + 1} `.repeat(10)} }`)}
   fragment F${fragments} on Venue { ${last} }`;

const pages = "events(first: 100) { nodes { tickets(first: 100) { nodes { ticketType { id } } } } }";
const withSizes = `query ($many: Int = 100, $last: Int) {
  events(first: $many) { nodes { tickets(last: $last) { nodes { scans(first: 3) { nodes { id } } } } } } }`;

/** Refused at every door before anything is executed. */
export const TOO_MUCH: Readonly<Record<string, Asked>> = {
  "many tokens": [`{ ${"__typename ".repeat(2_000)} }`],
  "many tokens, among values": [`{ nodes(ids: [${'"x" '.repeat(2_000)}]) { id } }`],
  "16 fields deep": [deep(16)],
  "a fragment within itself": [
    `{ ${venue} { ...A } } fragment A on Venue { owner { ...B } } fragment B on User { organizedEvents { nodes { venue { ...A } } } }`,
  ],
  "a fragment within itself at the root": ["{ ...A } fragment A on Query { ...A }"],
  "more fragments at the root than could ever be expanded": [
    `{ ...F0 } ${repeat(60, (i) => `fragment F${i} on Query { ${`...F${i + 1} `.repeat(10)} }`)} fragment F60 on Query { __typename }`,
  ],
  "fragments that spread ten times each": [fanOut(9, "id")],
  "fragments that spread objects": [fanOut(3, "gates { id }")],
  "more fragments than could ever be expanded": [fanOut(60, "id")],
  "101 aliases": [`{ ${repeat(26, (i) => `v${i}: ${venue} { a: id b: name c: address }`)} }`],
  "aliases in a fragment": [
    `{ ${repeat(15, (i) => `v${i}: ${venue} { ...A }`)} } fragment A on Venue { ${repeat(6, (i) => `a${i}: id`)} }`,
  ],
  "51 fields at the root": [`{ ${repeat(51, (i) => `v${i}: ${venue} { id }`)} }`],
  "fields at the root by a fragment": [`{ ${"...A ".repeat(6)} } fragment A on Query { ${"__typename ".repeat(10)} }`],
  "51 mutations": [`mutation { ${repeat(51, (i) => `m${i}: logout { ok }`)} }`],
  "51 directives": [`{ ${venue} { ${repeat(51, () => "id @include(if: true)")} } }`],
  "directives in a fragment": [
    `{ ${venue} { ${"...A ".repeat(11)} } } fragment A on Venue { ${"id @skip(if: false) ".repeat(5)} }`,
  ],
  "pages of pages": [`{ ${pages} }`],
  "pages by variables": [withSizes, { many: 100, last: 100 }],
  "pages by a variable's default": [withSizes, { last: 100 }],
  "pages by the schema's defaults": [
    "{ venues { nodes { events { nodes { tickets { nodes { scans { nodes { id } } } } } } } } }",
  ],
  "pages of edges": [
    `{ events(first: 100) { edges { node { tickets(last: 100) { edges { node { holder { id } } } } } } } }`,
  ],
  "pages by a fragment": [
    `{ events(first: 100) { ...E } } fragment E on EventConnection { nodes { ...T } } fragment T on Event { tickets(first: 100) { nodes { holder { id } } } }`,
  ],
  "pages by aliases": [
    `{ ${repeat(3, (i) => `e${i}: events(first: 100) { nodes { tickets(first: 90) { nodes { id } } } }`)} }`,
  ],
  "pages beyond what may be asked": [
    "{ events(first: 2000000) { nodes { tickets(first: 2000000) { nodes { id } } } } }",
  ],
  "a page of a node": [
    `{ node(id: "evt_${NOBODY}") { ... on Event { tickets(first: 100) { nodes { scans(first: 100) { nodes { gate { id } ticket { id } } } } } } } }`,
  ],
  "pages of nodes": [
    "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Event { tickets(first: 100) { nodes { id holder { id } } } } } }",
    { ids: Array(100).fill(`evt_${NOBODY}`) },
  ],
  "lists within lists": ["{ venues(first: 100) { nodes { gates { venue { gates { venue { gates { id } } } } } } } }"],
  "points of many venues": [
    `{ venues(first: 100) { nodes { occupancyHistory(from: "2025-01-01T00:00:00Z", to: "2025-01-09T00:00:00Z", bucketMinutes: 30) { at } } } }`,
  ],
};

const scan =
  "scan { id outcome reason ticket { id holderName holder { id } ticketType { id event { id } } } event { id } gate { id } device { id } }";

/** What is asked every day, at its largest. */
export const FITTING: Readonly<Record<string, Asked>> = {
  "15 fields deep": [deep(15)],
  "20 events with 20 tickets, their types, holders and last scans": [
    `{ events(first: 20) { edges { cursor node { id title venue { id name } ticketTypes { id name price { amountMinor } }
       tickets(first: 20) { edges { node { id holder { id name } ticketType { id name price { amountMinor currency } } scans(last: 1) { nodes { outcome gate { id name } } } } }
       pageInfo { endCursor } totalCount } } } totalCount pageInfo { endCursor } } }`,
  ],
  "100 events with 100 tickets": ["{ events(first: 100) { nodes { id tickets(first: 100) { nodes { id code } } } } }"],
  "100 nodes": [
    "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Event { venue { id gates { id } } } } }",
    { ids: Array(100).fill(`evt_${NOBODY}`) },
  ],
  "100 aliases": [`{ ${repeat(50, (i) => `v${i}: ${venue} { a: id }`)} }`],
  "50 directives": [`{ ${venue} { ${repeat(50, () => "id @include(if: true)")} } }`],
  "a week's points of a venue": [
    `{ ${venue} { occupancyHistory(from: "2025-01-01T00:00:00Z", to: "2025-01-08T00:00:00Z") { at inside } } }`,
  ],
};

/** 1,000 scans, and all there is to know of each. */
export const UPLOAD: Asked = [
  `mutation ($input: UploadScansInput!) { uploadScans(input: $input) { results { replayed ${scan} userErrors { code message path } } occupancy { inside version } } }`,
  {
    input: {
      sentAt: new Date().toISOString(),
      scans: Array.from({ length: 1_000 }, (_, i) => ({
        key: `offline-${i}`,
        code: `C${i}`,
        direction: "ENTRY",
        scannedAt: new Date().toISOString(),
      })),
    },
  },
];
