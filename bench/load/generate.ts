import { answerOrders } from "../orders.js";
import { drive } from "./drive.js";
import type { Lane } from "./lane.js";
import type { Order } from "./order.js";

/**
 * A generator, in a process of its own: it takes orders from its parent, one at a time. `begin` makes what all lanes to one
 * target share from the first order to the last; `open` makes the lane with this index.
 */
export function generate<Load, State extends { readonly totals: object }>(
  begin: () => State,
  open: (order: Order & Load, index: number, state: State) => Promise<Lane>,
): void {
  const states = new Map<string, State>();
  answerOrders(async (order: Order & Load) => {
    const state = states.get(order.target) ?? begin();
    states.set(order.target, state);
    const indices = Array.from({ length: order.connections }, (_, index) => index);
    const lanes = await Promise.all(indices.map((index) => open(order, index, state)));
    const measurement = await drive(lanes, order);
    await Promise.all(lanes.map((lane) => lane.close()));
    return { measurement, totals: state.totals };
  });
}
