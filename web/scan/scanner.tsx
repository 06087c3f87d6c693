import type { TargetedSubmitEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ScanDirection } from "../generated/operations.js";
import { Camera } from "./camera.js";
import { deviceIn } from "./device.js";
import { Gate } from "./gate.js";
import { Kept } from "./kept.js";
import { signal } from "./signals.js";
import type { Device } from "./store.js";
import { useKeyboard } from "./use-keyboard.js";
import { useRemembered } from "./use-remembered.js";
import { useSender } from "./use-sender.js";
import { type ShownVerdict, Verdict } from "./verdict.js";
import { verdictOf } from "./words.js";

interface ScannerProps {
  readonly device: Device;
  /** Another one's enrolment code was scanned. */
  readonly onDevice: (device: Device) => void;
  readonly onRevoked: () => void;
}

export function Scanner({ device, onDevice, onRevoked }: ScannerProps) {
  const { scan, counts, gateId, isAway, cannotKeep, changes } = useSender(device, onRevoked);
  const [direction, setDirection] = useRemembered<ScanDirection>("gatehouse.direction", "ENTRY");
  const [hasCamera, setCamera] = useRemembered("gatehouse.looking", false);
  const [shown, setShown] = useState<readonly ShownVerdict[]>([]);
  const [asked, setAsked] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useKeyboard(field);

  const take = async (code: string) => {
    if (code === "") return;
    const another = deviceIn(code);
    // Never sent as a ticket's: the list of scans is read by many.
    if (another) return another.token === device.token ? undefined : onDevice(another);
    setAsked(code);
    const answer = await scan(code, direction);
    setAsked((before) => (before === code ? null : before));
    if (answer === null) return;
    const verdict = verdictOf(answer, direction);
    signal(verdict.kind);
    setShown((before) => [{ ...verdict, code, number: (before[0]?.number ?? 0) + 1 }, ...before.slice(0, 3)]);
  };
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { current: input } = field;
    if (input === null) return;
    const code = input.value.trim();
    input.value = "";
    void take(code);
  };

  return (
    <main class="scanner">
      <Gate counts={counts} gateId={gateId} isAway={isAway} />
      <Directions direction={direction} onDirection={setDirection} />
      {hasCamera && <Camera onCode={(code) => void take(code)} />}
      <Verdict shown={shown} asked={asked} />
      <form class="row code" onSubmit={submit}>
        <input
          ref={field}
          name="code"
          aria-label="Code"
          placeholder="Code"
          autocomplete="off"
          autocapitalize="off"
          enterkeyhint="go"
          spellcheck={false}
        />
        <button type="submit">Scan</button>
        <button type="button" aria-pressed={hasCamera} onClick={() => setCamera(!hasCamera)}>
          Camera
        </button>
      </form>
      <Kept device={device.token} cannotKeep={cannotKeep} changes={changes} />
    </main>
  );
}

interface DirectionsProps {
  readonly direction: ScanDirection;
  readonly onDirection: (direction: ScanDirection) => void;
}

function Directions({ direction, onDirection }: DirectionsProps) {
  return (
    <fieldset class="directions">
      <legend class="spoken">Direction</legend>
      {(["ENTRY", "EXIT"] as const).map((way) => (
        <label key={way}>
          <input type="radio" name="direction" checked={direction === way} onChange={() => onDirection(way)} />
          {way === "ENTRY" ? "Entry" : "Exit"}
        </label>
      ))}
    </fieldset>
  );
}
