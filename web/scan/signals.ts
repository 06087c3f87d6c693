import type { Verdict } from "./words.js";

/** Hertz and milliseconds: up for yes, low and long for no, the same twice for later. */
const TONES: Readonly<Record<Verdict["kind"], readonly (readonly [pitch: number, length: number])[]>> = {
  accepted: [
    [880, 70],
    [1320, 110],
  ],
  refused: [[160, 420]],
  kept: [
    [660, 80],
    [660, 80],
  ],
};
const SHAKES: Readonly<Record<Verdict["kind"], number[]>> = {
  accepted: [60],
  refused: [250, 80, 250],
  kept: [60, 60, 60],
};

let sound: AudioContext | undefined;

/** Made when it is first wanted, since a browser lets no page be heard before it was touched. */
export function signal(kind: Verdict["kind"]): void {
  if ("vibrate" in navigator) navigator.vibrate(SHAKES[kind]);
  sound ??= new AudioContext();
  if (sound.state === "suspended") void sound.resume();
  let at = sound.currentTime;
  for (const [pitch, length] of TONES[kind]) {
    const tone = new OscillatorNode(sound, { frequency: pitch, type: kind === "refused" ? "square" : "sine" });
    tone.connect(sound.destination);
    tone.start(at);
    at += length / 1000;
    tone.stop(at);
  }
}
