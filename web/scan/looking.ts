import type { Reading } from "../scan-worker/reading.js";

/** Ten pictures a second: a decoding takes some 6 ms, and a battery must last the evening. */
const LOOK_MILLISECONDS = 100;
/** The same code is not taken again while the phone is still held over it, nor so soon after. */
const SAME_MILLISECONDS = 2_000;
/** Of the longer side. Enough for a ticket's code across a third of the picture, and a quarter of the whole one's work. */
const LOOKED_PIXELS = 960;

interface Finder {
  onCode(code: string): void;
  /** No code will be found any more. */
  onProblem(problem: string): void;
}

/** Looks for QR codes in what the screen shows, one picture after the other, until the answer is called. */
export function lookInto(screen: HTMLVideoElement, { onCode, onProblem }: Finder): () => void {
  const decoder = new Worker(new URL("../scan-worker/decoder.ts", import.meta.url), { type: "module" });
  const take = takeOnce(onCode);
  const draw = drawerOf(screen);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const picture = draw();
    if (picture === null) timer = setTimeout(look, LOOK_MILLISECONDS);
    else decoder.postMessage(picture, [picture.data.buffer]);
  };
  decoder.addEventListener("message", ({ data: { code, problem } }: MessageEvent<Reading>) => {
    if (problem !== null) return onProblem(problem);
    if (code) take(code);
    timer = setTimeout(look, LOOK_MILLISECONDS);
  });
  decoder.addEventListener("error", () => onProblem("its part of the page could not be loaded"));
  look();
  return () => {
    clearTimeout(timer);
    decoder.terminate();
  };
}

function takeOnce(onCode: (code: string) => void): (code: string) => void {
  let last = { code: "", at: 0 };
  return (code) => {
    const now = performance.now();
    const isSame = code === last.code && now - last.at < SAME_MILLISECONDS;
    last = { code, at: now };
    if (!isSame) onCode(code);
  };
}

/** What the screen shows now; null before it shows anything. */
function drawerOf(screen: HTMLVideoElement): () => ImageData | null {
  const drawing = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  return () => {
    const { videoWidth, videoHeight } = screen;
    if (drawing === null || videoWidth === 0) return null;
    const scale = Math.min(1, LOOKED_PIXELS / Math.max(videoWidth, videoHeight));
    const { canvas } = drawing;
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    drawing.drawImage(screen, 0, 0, canvas.width, canvas.height);
    return drawing.getImageData(0, 0, canvas.width, canvas.height);
  };
}
