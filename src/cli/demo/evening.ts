import { randomSource } from "./random.js";

/** One attempt to pass a gate in the course of an evening. */
export interface Step {
  /** From 0, the doors open, to 1, the last ones leave. */
  readonly at: number;
  readonly code: string;
  readonly direction: "ENTRY" | "EXIT";
  /** The gate's place in the list of gates. */
  readonly gate: number;
  /** Where the person must be for it to happen: who was turned away has nothing to leave. Null: anywhere. */
  readonly onlyIf: "inside" | "outside" | null;
}

export interface Plan {
  readonly codes: readonly string[];
  readonly gates: number;
  /** The same seed makes the same evening. */
  readonly seed: number;
}

const NO_SHOWS = 0.06;
const SCANNED_TWICE = 0.04;
const TRIES_AGAIN = 0.4;
const TAKES_A_BREAK = 0.18;
const LEAVES_EARLY = 0.12;
const STAYS_TO_THE_END = 0.82;
const UNKNOWN_CODES = 0.015;

type Random = () => number;

/** An evening in order: arrivals in a wave, breaks, tickets shown twice, codes nobody knows, and the way home. */
export function evening({ codes, gates, seed }: Plan): Step[] {
  const random = randomSource(seed);
  const gate = () => gateOf(random, gates);
  const unknown = Array.from({ length: Math.round(codes.length * UNKNOWN_CODES) }, (_, index) => {
    return entry(`UNKNOWN-${seed}-${index}`, arrivalTime(random), gate());
  });
  const steps = codes.flatMap((code) => (random() < NO_SHOWS ? [] : visit(code, random, gate)));
  return [...unknown, ...steps].sort((a, b) => a.at - b.at);
}

function visit(code: string, random: Random, gate: () => number): Step[] {
  const arrival = arrivalTime(random);
  const steps = [entry(code, arrival, gate())];
  if (random() < SCANNED_TWICE) steps.push(entry(code, arrival + between(random, 0.002, 0.01), gate()));
  if (random() < TRIES_AGAIN) {
    steps.push({ ...entry(code, between(random, arrival, 0.84), gate()), onlyIf: "outside" });
  }
  if (random() < TAKES_A_BREAK) {
    const out = between(random, arrival + 0.03, 0.8);
    steps.push(exit(code, out, gate()), {
      ...entry(code, out + between(random, 0.01, 0.04), gate()),
      onlyIf: "outside",
    });
  }
  const home = homeTime(random);
  if (home !== null && home > arrival) steps.push(exit(code, home, gate()));
  return steps;
}

/** The mean of three draws: few come early, most in the middle, few late. */
function arrivalTime(random: Random): number {
  return 0.01 + (0.56 * (random() + random() + random())) / 3;
}

/** Null for those who are still there when it ends. */
function homeTime(random: Random): number | null {
  const draw = random();
  if (draw < LEAVES_EARLY) return between(random, 0.5, 0.85);
  return draw < LEAVES_EARLY + STAYS_TO_THE_END ? 0.85 + 0.15 * Math.sqrt(random()) : null;
}

/** Every gate takes about two thirds of what the one before it takes: people use the door they see first. */
function gateOf(random: Random, gates: number): number {
  for (let gate = 0; gate < gates - 1; gate++) if (random() < 0.4) return gate;
  return gates - 1;
}

function between(random: Random, from: number, to: number): number {
  return from + random() * Math.max(0, to - from);
}

function entry(code: string, at: number, gate: number): Step {
  return { at, code, direction: "ENTRY", gate, onlyIf: null };
}

function exit(code: string, at: number, gate: number): Step {
  return { at, code, direction: "EXIT", gate, onlyIf: "inside" };
}
