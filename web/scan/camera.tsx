import jsQR from "jsqr";
import { useEffect, useRef, useState } from "preact/hooks";

const LOOK_MILLISECONDS = 120;
/** The same code is not taken again while the phone is still held over it. */
const SAME_MILLISECONDS = 3_000;
/** Enough for a ticket's code, and a tenth of the work of the whole picture. */
const LOOKED_WIDTH = 480;

/** Looks through the phone's camera for QR codes, until it is taken away. */
export function Camera({ onCode }: { readonly onCode: (code: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const { current: screen } = video;
    if (screen === null) return;
    let ended = false;
    let stream: MediaStream | undefined;
    const open = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (ended) return close();
      screen.srcObject = stream;
      await screen.play();
    };
    const close = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    open().catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
    const looking = setInterval(lookInto(screen, onCode), LOOK_MILLISECONDS);
    return () => {
      ended = true;
      clearInterval(looking);
      close();
    };
  }, [onCode]);
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label="Camera" />
      {problem !== null && (
        <p role="alert" class="problem">
          The camera cannot be used ({problem}). Type the code instead.
        </p>
      )}
    </div>
  );
}

function lookInto(screen: HTMLVideoElement, onCode: (code: string) => void): () => void {
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  let last = { code: "", at: 0 };
  return () => {
    if (drawing === null || screen.videoWidth === 0) return;
    canvas.width = Math.min(LOOKED_WIDTH, screen.videoWidth);
    canvas.height = Math.round((canvas.width * screen.videoHeight) / screen.videoWidth);
    drawing.drawImage(screen, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    const code = jsQR(data, width, height)?.data.trim();
    if (!code) return;
    const now = Date.now();
    const isSame = code === last.code && now - last.at < SAME_MILLISECONDS;
    last = { code, at: now };
    if (!isSame) onCode(code);
  };
}
