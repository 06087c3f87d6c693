import { LRUCache } from "lru-cache";
import type { Audience } from "./audience.js";

/** One value as it is sent. */
export interface Rendering {
  readonly text: string;
  /** Null: for all who ask alike and stand alike. Else the one for whom it was made. */
  readonly onlyFor: string | null;
}

/** What is asked of each value, and for whom. */
export interface Question {
  /** Equal for the same document, operation and variables. */
  readonly key: string;
  readonly audience: Audience | null;
  /** Of the credential. */
  readonly identity: string;
}

/** Questions known to have answers that are personal. */
const KNOWN_PERSONAL = 1_000;

/**
 * Executes and writes out each value once for all who are to be sent the same. Whether they are is found by executing: what
 * looked at who asks, and not merely at what all of the audience stand as, is sent to that one alone.
 */
export class Renderings {
  private readonly known = new WeakMap<object, Map<string, Promise<Rendering>>>();
  private readonly personal = new LRUCache<string, true>({ max: KNOWN_PERSONAL });

  /** `render` is called where nobody else's answer will do. */
  async textOf(
    value: object,
    { key, audience, identity }: Question,
    render: () => Promise<Rendering>,
  ): Promise<string> {
    const common = audience === null ? null : `${key} ${audience.venueId} ${audience.standing}`;
    if (common !== null && !this.personal.has(common)) {
      const { text, onlyFor } = await this.once(value, common, render);
      if (onlyFor === null || onlyFor === identity) return text;
      this.personal.set(common, true);
    }
    return (await this.once(value, `${common ?? key} for ${identity}`, render)).text;
  }

  private once(value: object, question: string, render: () => Promise<Rendering>): Promise<Rendering> {
    let answers = this.known.get(value);
    if (answers === undefined) {
      answers = new Map();
      this.known.set(value, answers);
    }
    const known = answers.get(question);
    if (known !== undefined) return known;
    const rendering = render();
    answers.set(question, rendering);
    return rendering;
  }
}
