export type Answer<Result> = { readonly result: Result } | { readonly error: string };

/** The child's side of `Child`: answers its parent's orders until it lets go. */
export function answerOrders<Order, Result>(
  carryOut: (order: Order) => Promise<Result>,
  close: () => Promise<void> = async () => {},
): void {
  process.on("message", (order) => {
    carryOut(order as Order).then(
      (result) => send({ result }),
      (error: unknown) => send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  // A Ctrl-C reaches the whole group of processes: it is the parent that ends the run in order.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => void close().finally(() => process.exit()));
}

function send(answer: Answer<unknown>): void {
  if (process.connected) process.send?.(answer);
}
