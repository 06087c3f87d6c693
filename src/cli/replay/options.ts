import { parseArgs } from "node:util";
import { offsetMinutes } from "./scan-line.js";

export const USAGE = `Replays a file of scans through the API.

  npm run replay -- FILE [options]

FILE is CSV with the header ticket_id,gate,timestamp,scan_type, or NDJSON with the same names; - reads the standard input.
ticket_id is the ticket's code, gate a gate's name or id, scan_type entry or exit (or in, out).

  --url URL            the API (http://127.0.0.1:4000/graphql)
  --token TOKEN        a device's token, or the access token of the venue's owner or staff
  --token-file FILE    the same, read from a file
  --venue ID           whose gates the file names; with a device's token, lines of other gates are then refused
  --event ID           the event that the tickets are for; its venue is the default of --venue
  --gates A=B,C=D      what a gate of the file (A) is called at the venue (B: a name or an id)
  --offset OFFSET      of timestamps that have none, such as +01:00
  --speed N            N times as fast as it happened (default: as fast as the server answers)
  --offline            as scans made while offline, in uploads of 500, each at its own timestamp
  --concurrency N      scans in flight at once, 1 to 256 (16); those of one ticket stay in order
  --help

Without --offline the scans count as made now, and timestamps matter for --speed alone. The same file sent again counts
once. An access token lives for minutes; use a device's token for longer replays.

Exit code: 0 when every line was answered, 1 when some were bad or failed, 2 when the command is wrong.`;

/** The command line cannot be followed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Options {
  readonly file: string;
  readonly url: string;
  readonly token: string | null;
  readonly tokenFile: string | null;
  readonly venue: string | null;
  readonly event: string | null;
  /** From the file's word for a gate to the venue's. */
  readonly gates: ReadonlyMap<string, string>;
  readonly offset: string | null;
  /** Null: as fast as the server answers. */
  readonly speed: number | null;
  readonly offline: boolean;
  readonly concurrency: number;
}

/** Null when help is asked for. Throws UsageError. */
export function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parsed(args);
  if (values.help) return null;
  const [file, ...rest] = positionals;
  if (file === undefined) throw new UsageError("Name the file to replay.");
  if (rest.length > 0) throw new UsageError(`One file at a time: ${positionals.join(", ")}.`);
  if (values.token !== undefined && values["token-file"] !== undefined) {
    throw new UsageError("Give --token or --token-file, not both.");
  }
  if (values.offline && values.speed !== undefined) {
    throw new UsageError("--offline sends what has already happened, so that --speed has no meaning with it.");
  }
  return {
    file,
    url: graphqlUrl(values.url ?? "http://127.0.0.1:4000/graphql"),
    token: values.token ?? null,
    tokenFile: values["token-file"] ?? null,
    venue: values.venue ?? null,
    event: values.event ?? null,
    gates: gateNames(values.gates ?? ""),
    offset: checkedOffset(values.offset ?? null),
    speed: values.speed === undefined ? null : positive("--speed", values.speed, 1_000_000),
    offline: values.offline ?? false,
    concurrency: Math.floor(positive("--concurrency", values.concurrency ?? "16", 256)) || 1,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: text,
        token: text,
        "token-file": text,
        venue: text,
        event: text,
        gates: text,
        offset: text,
        speed: text,
        offline: flag,
        concurrency: text,
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Takes the server's bare address too. */
export function graphqlUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--url must be an address such as http://127.0.0.1:4000/graphql; it is "${text}".`);
  }
  if (url.pathname === "/") url.pathname = "/graphql";
  return url.href;
}

function gateNames(text: string): Map<string, string> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return new Map(
    pairs.map((pair) => {
      const [from = "", to = "", ...rest] = pair.split("=").map((name) => name.trim());
      if (from === "" || to === "" || rest.length > 0) {
        throw new UsageError(`--gates is a list such as "Door 1=North,Door 2=South"; "${pair.trim()}" is no pair.`);
      }
      return [from, to];
    }),
  );
}

function checkedOffset(offset: string | null): string | null {
  if (offset === null || offsetMinutes(offset) !== null) return offset;
  throw new UsageError(`--offset must be one such as +01:00 or Z; it is "${offset}".`);
}

function positive(name: string, text: string, most: number): number {
  const number = Number(text);
  if (text.trim() !== "" && number > 0 && number <= most) return number;
  throw new UsageError(`${name} must be a number above 0 and at most ${most}; it is "${text}".`);
}
