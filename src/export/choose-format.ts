import Negotiator from "negotiator";
import { FORMATS, type Format } from "./format.js";

/** Names that are not those of the answer, but mean it. */
const OTHER_NAMES: readonly (readonly [string, string])[] = [
  ["application/ndjson", "ndjson"],
  ["application/jsonl", "ndjson"],
];
const MEDIA_TYPES = new Map<string, string>([
  ...FORMATS.map(({ mediaType, extension }) => [mediaType, extension] as const),
  ...OTHER_NAMES,
]);

/** The form asked for by the address's extension, else by the header `Accept`; null when it is none that there is. */
export function chooseFormat(extension: string | undefined, accept: string | undefined): Format | null {
  const wanted = extension ?? acceptedExtension(accept);
  return FORMATS.find((format) => format.extension === wanted) ?? null;
}

function acceptedExtension(accept: string | undefined): string | undefined {
  const mediaType = new Negotiator({ headers: { accept } }).mediaType([...MEDIA_TYPES.keys()]);
  return mediaType === undefined ? undefined : MEDIA_TYPES.get(mediaType);
}

export const NO_FORMAT =
  "There are exports as CSV, NDJSON and JSON: end the address in .csv, .ndjson or .json, or accept text/csv, " +
  "application/x-ndjson or application/json.";
