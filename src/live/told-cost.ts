import type { Outlet } from "./delivery.js";
import type { Cost } from "./document.js";
import { Rendering } from "./renderings.js";

/** Joins the cost to a subscription's first result, for it stays the same. The text of the result is that of all who ask the same. */
export function tellingCost(cost: Cost, outlet: Outlet): Outlet {
  let extensions = `,"extensions":${JSON.stringify({ cost })}}`;
  return {
    next: (rendering, done) => {
      const { text, onlyFor } = rendering;
      const told = extensions === "" ? rendering : new Rendering(`${text.slice(0, -1)}${extensions}`, onlyFor);
      extensions = "";
      outlet.next(told, done);
    },
  };
}
