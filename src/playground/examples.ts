import type { Example } from "./examples/example.js";
import { gateExamples } from "./examples/gate.js";
import { LIVE } from "./examples/live.js";
import { PEOPLE } from "./examples/people.js";
import { PLACES } from "./examples/places.js";
import { SALES } from "./examples/sales.js";
import { ticketExamples } from "./examples/tickets.js";

/** In the order of an evening. Times are relative to `now`, so that the doors of the example's event are open. */
export function examples(now: Date): readonly Example[] {
  const after = (milliseconds: number): string => new Date(now.getTime() + milliseconds).toISOString();
  return [...PEOPLE, ...PLACES, ...ticketExamples(after), ...SALES, ...gateExamples(after), ...LIVE];
}
