const LATE = Symbol("late");

/**
 * The items in batches of at most `size`. One that is not full goes on its way when the next item is longer than `patience`
 * milliseconds in coming, so that what a slow sender has sent is not kept waiting.
 */
export async function* batchesOf<Item>(
  items: AsyncIterator<Item>,
  size: number,
  patience: number,
): AsyncGenerator<Item[]> {
  let next = items.next();
  for (;;) {
    const batch: Item[] = [];
    const alarm = new Alarm(patience);
    try {
      while (batch.length < size) {
        const result = batch.length === 0 ? await next : await Promise.race([next, alarm.rings]);
        if (result === LATE) break;
        if (result.done) {
          if (batch.length > 0) yield batch;
          return;
        }
        batch.push(result.value);
        next = items.next();
        // Whoever stops asking for batches is not told of a failure, and does not have to be.
        next.catch(() => {});
      }
    } finally {
      alarm.stop();
    }
    yield batch;
  }
}

class Alarm {
  private timer: NodeJS.Timeout | undefined;
  readonly rings: Promise<typeof LATE>;

  constructor(milliseconds: number) {
    this.rings = new Promise((resolve) => {
      this.timer = setTimeout(() => resolve(LATE), milliseconds);
    });
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
