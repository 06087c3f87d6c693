import { useEffect, useRef, useState } from "preact/hooks";
import { type Lens, listCameras, openLens } from "./lens.js";
import { lookInto } from "./looking.js";

const KEY = "gatehouse.camera";

/** Looks through the phone's camera for QR codes, until it is taken away. */
export function Camera({ onCode }: { readonly onCode: (code: string) => void }) {
  const screen = useRef<HTMLVideoElement>(null);
  const [cameraId, setCameraId] = useState(() => localStorage.getItem(KEY));
  const { lens, cameras, problem: lensProblem } = useLens(cameraId);
  const [decoderProblem, setDecoderProblem] = useState<string | null>(null);
  const problem = lensProblem ?? decoderProblem;
  // The looking goes on when somebody else is to be told.
  const told = useRef(onCode);
  told.current = onCode;
  useEffect(() => {
    const { current: video } = screen;
    if (video === null || lens === null) return;
    video.srcObject = lens.stream;
    void video.play().catch(() => {});
    return lookInto(video, { onCode: (code) => told.current(code), onProblem: setDecoderProblem });
  }, [lens]);
  const choose = (id: string) => {
    localStorage.setItem(KEY, id);
    setCameraId(id);
  };
  const used = lens?.stream.getVideoTracks()[0]?.getSettings().deviceId;
  return (
    <div class="camera">
      <video ref={screen} muted playsInline aria-label="Camera" />
      {problem !== null && (
        <p role="alert" class="problem">
          The camera cannot be used ({problem}). Type the code instead.
        </p>
      )}
      <div class="lenses">
        {lens?.hasLight && <Light key={used} lens={lens} />}
        {cameras.length > 1 && (
          <select aria-label="Camera" value={used} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {cameras.map(({ deviceId, label }, index) => (
              <option key={deviceId} value={deviceId}>
                {label || `Camera ${index + 1}`}
              </option>
            ))}
          </select>
        )}
      </div>
    </div>
  );
}

function Light({ lens }: { readonly lens: Lens }) {
  const [isOn, setOn] = useState(false);
  const toggle = () => void lens.setLight(!isOn).then(() => setOn(!isOn));
  return (
    <button type="button" aria-pressed={isOn} onClick={toggle}>
      Light
    </button>
  );
}

interface Looked {
  readonly lens: Lens | null;
  readonly cameras: readonly MediaDeviceInfo[];
  readonly problem: string | null;
}

const NOTHING: Looked = { lens: null, cameras: [], problem: null };

/** Open while it is shown. A camera that was chosen and is there no more gives way to another. */
function useLens(cameraId: string | null): Looked {
  const [looked, setLooked] = useState(NOTHING);
  useEffect(() => {
    const opening = openLens(cameraId).catch((error: unknown) => {
      if (cameraId === null) throw error;
      return openLens(null);
    });
    let ended = false;
    const show = (next: Looked) => !ended && setLooked(next);
    opening.then(
      async (lens) => show({ lens, cameras: await listCameras(), problem: null }),
      (error: unknown) => show({ ...NOTHING, problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      ended = true;
      opening.then(({ close }) => close()).catch(() => {});
    };
  }, [cameraId]);
  return looked;
}
