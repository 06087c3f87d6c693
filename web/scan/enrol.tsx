import type { TargetedSubmitEvent } from "preact";
import { useCallback, useState } from "preact/hooks";
import { Camera } from "./camera.js";
import { deviceIn } from "./device.js";
import type { Device } from "./store.js";

interface EnrolProps {
  /** Why there is no device any more, or null. */
  readonly reason: string | null;
  readonly onDevice: (device: Device) => void;
}

/** The phone becomes the scanner of a gate, by the token that enrolling it there gave. */
export function Enrol({ reason, onDevice }: EnrolProps) {
  const [problem, setProblem] = useState(reason);
  const [hasCamera, setCamera] = useState(false);
  const take = useCallback(
    (text: string) => {
      const device = deviceIn(text);
      if (device) onDevice(device);
      else setProblem("This is no device token.");
    },
    [onDevice],
  );
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    take(String(new FormData(event.currentTarget).get("token")));
  };
  return (
    <main class="sign-in">
      <h1>Gatehouse scanner</h1>
      <p class="about">
        The venue's owner enrols this phone at a gate, and has a QR code for it: scan that, or type its token.
      </p>
      <form class="panel" onSubmit={submit}>
        <label>
          Device token <input name="token" autocomplete="off" autocapitalize="off" spellcheck={false} required />
        </label>
        <p role="alert" class="problem">
          {problem}
        </p>
        <button type="submit">Enrol</button>
        <button type="button" aria-pressed={hasCamera} onClick={() => setCamera(!hasCamera)}>
          Scan its QR code
        </button>
      </form>
      {hasCamera && <Camera onCode={take} />}
    </main>
  );
}
