import type { Cost } from "./document.js";
import { Rendering } from "./renderings.js";

/** Joins the cost to a subscription's first result, for it stays the same. The text of the result is that of all who ask the same. */
export const tellingCost = ({ text, onlyFor }: Rendering, cost: Cost): Rendering =>
  new Rendering(`${text.slice(0, -1)},"extensions":${JSON.stringify({ cost })}}`, onlyFor);
