import { LRUCache } from "lru-cache";
import type { Audience } from "./audience.js";
import { TextFrame } from "./frame.js";

/** One value as it is sent. */
export class Rendering {
  private framed: TextFrame | null = null;

  constructor(
    readonly text: string,
    /** Null: for all who ask alike and stand alike. Else the identity for which it was made. */
    readonly onlyFor: string | null,
  ) {}

  /** For WebSockets, encoded once for all who are sent it. */
  get frame(): TextFrame {
    this.framed ??= new TextFrame(Buffer.from(this.text));
    return this.framed;
  }

  isFor({ identity }: Question): boolean {
    return this.onlyFor === null || this.onlyFor === identity;
  }
}

/** What one operation asks of each value, and for whom. */
export class Question {
  constructor(
    /** Equal for the same document, operation and variables. */
    private readonly asked: string,
    /** Of the credential. */
    readonly identity: string,
    /** Executes it for a value, and writes it out. */
    readonly render: (value: object, audience: Audience | null) => Promise<Rendering>,
  ) {}

  /** Equal for all who ask the same and belong to the same audience; null where nobody else does. */
  commonKey(audience: Audience | null): string | null {
    return audience === null ? null : oneOf(`${this.asked} ${audience.venueId} ${audience.standing}`);
  }

  /** `common`: the common one. */
  ownKey(common: string | null): string {
    return `${common ?? this.asked} for ${this.identity}`;
  }
}

type Answer = Rendering | Promise<Rendering>;

const KEYS = 1_000;
const keys = new LRUCache<string, string>({ max: KEYS });

/** The same string for all that are equal: a comparison then looks at neither. */
function oneOf(key: string): string {
  const known = keys.get(key);
  if (known !== undefined) return known;
  keys.set(key, key);
  return key;
}

/** Questions known to have answers that are personal. */
const KNOWN_PERSONAL = 1_000;

/**
 * Executes and writes out each value once for all who are to be sent the same. Whether they are is found by executing: what
 * looked at who asks, and not merely at what all of the audience stand as, is sent to that one alone.
 */
export class Renderings {
  private readonly known = new WeakMap<object, Map<string, Answer>>();
  private readonly personal = new LRUCache<string, true>({ max: KNOWN_PERSONAL });
  /** The one that most ask for again and again, one after the other. */
  private last: { readonly value: object; readonly key: string; readonly rendering: Rendering } | null = null;

  /**
   * At once, where it has been made; the question is executed where nobody else's answer will do. `key`: the question's common one
   * for the audience, which whoever asks again and again keeps, so that the question itself is not looked at.
   */
  of(value: object, question: Question, audience: Audience | null, key: string | null): Answer {
    const { last } = this;
    if (last !== null && last.value === value && last.key === key) return last.rendering;
    return this.find(value, question, audience, key);
  }

  private find(value: object, question: Question, audience: Audience | null, key: string | null): Answer {
    const render = () => question.render(value, audience);
    const own = () => this.once(value, question.ownKey(key), render);
    if (key === null || this.personal.has(key)) return own();
    const common = this.once(value, key, render);
    if (common instanceof Rendering) return common.isFor(question) ? this.keep(value, key, common) : own();
    return common.then((rendering) => {
      if (rendering.isFor(question)) return rendering;
      this.personal.set(key, true);
      return own();
    });
  }

  private keep(value: object, key: string, rendering: Rendering): Rendering {
    if (rendering.onlyFor === null) this.last = { value, key, rendering };
    return rendering;
  }

  private once(value: object, question: string, render: () => Promise<Rendering>): Answer {
    let answers = this.known.get(value);
    if (answers === undefined) {
      answers = new Map();
      this.known.set(value, answers);
    }
    const known = answers.get(question);
    if (known !== undefined) return known;
    const rendering = render();
    answers.set(question, rendering);
    rendering.then(
      (made) => answers.set(question, made),
      () => {},
    );
    return rendering;
  }
}
