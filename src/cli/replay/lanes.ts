/** Enough that the lanes are never idle, few enough that a slow server holds the reader back. */
const WAITING_PER_LANE = 8;

/**
 * Runs work in several lanes at once. What has the same `name` goes into the same lane, and so one after the other: a
 * ticket's exit never overtakes its entry. For one producer, who awaits each `add`.
 */
export class Lanes {
  readonly #ends: Promise<void>[];
  #unfinished = 0;
  #madeRoom: (() => void) | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(count: number) {
    this.#ends = Array.from({ length: count }, () => Promise.resolve());
  }

  /** Returns when there is room for more. Throws what earlier work threw; then nothing further is begun. */
  async add(name: string, work: () => Promise<void>): Promise<void> {
    this.#throwFailure();
    const lane = laneOf(name, this.#ends.length);
    this.#unfinished += 1;
    this.#ends[lane] = (this.#ends[lane] ?? Promise.resolve()).then(() => this.#run(work));
    if (this.#unfinished < this.#ends.length * WAITING_PER_LANE) return;
    await new Promise<void>((resolve) => {
      this.#madeRoom = resolve;
    });
  }

  /** Waits for all work. Throws what any of it threw. */
  async finish(): Promise<void> {
    await Promise.all(this.#ends);
    this.#throwFailure();
  }

  async #run(work: () => Promise<void>): Promise<void> {
    try {
      if (this.#failure === null) await work();
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#unfinished -= 1;
      this.#madeRoom?.();
      this.#madeRoom = null;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/** FNV-1a: spreads codes that differ in their last digit only. */
function laneOf(name: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % count;
}
