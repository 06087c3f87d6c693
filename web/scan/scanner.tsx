import type { TargetedSubmitEvent } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { GateCountsFragment, ScanDirection } from "../generated/operations.js";
import { shownNumber } from "../shared/words.js";
import { Camera } from "./camera.js";
import { type Device, writeDevice } from "./device.js";
import { Kept } from "./kept.js";
import { Sender } from "./sender.js";
import { signal } from "./signals.js";
import { type Verdict, verdictOf } from "./verdict.js";

interface ScannerProps {
  readonly device: Device;
  readonly onRevoked: () => void;
}

const SEND_MILLISECONDS = 2_000;

export function Scanner({ device, onRevoked }: ScannerProps) {
  const sender = useMemo(() => new Sender(device.token), [device.token]);
  const [direction, setDirection] = useState<ScanDirection>("ENTRY");
  const [shown, setShown] = useState<{
    readonly verdict: Verdict;
    readonly code: string;
    readonly times: number;
  } | null>(null);
  const [counts, setCounts] = useState<GateCountsFragment | null>(null);
  const [gateId, setGateId] = useState(device.gateId);
  const [hasCamera, setCamera] = useState(false);
  const [changes, setChanges] = useState(0);
  const input = useRef<HTMLInputElement>(null);

  const scan = useCallback(
    async (code: string) => {
      if (code === "") return;
      const answer = await sender.scan(code, direction);
      setChanges((before) => before + 1);
      if (answer.kind === "revoked") return onRevoked();
      const verdict = verdictOf(answer, direction);
      signal(verdict.kind);
      setShown((before) => ({ verdict, code, times: (before?.times ?? 0) + 1 }));
      if (answer.kind !== "verdict") return;
      setCounts(answer.counts);
      const { id } = answer.verdict.gate;
      setGateId(id);
      if (device.gateId !== id) writeDevice({ ...device, gateId: id });
    },
    [sender, direction, device, onRevoked],
  );

  useEffect(() => {
    let isSending = false;
    const send = async () => {
      if (isSending) return;
      isSending = true;
      const sent = await sender.sendKept().finally(() => {
        isSending = false;
      });
      if (sent.counts) setCounts(sent.counts);
      setChanges((before) => before + 1);
      if (sent.isRevoked) onRevoked();
    };
    void send();
    const timer = setInterval(() => void send(), SEND_MILLISECONDS);
    addEventListener("online", send);
    return () => {
      clearInterval(timer);
      removeEventListener("online", send);
    };
  }, [sender, onRevoked]);

  // What a scanner that acts as a keyboard types goes into the field, whatever one has tapped before; from the moment that it is shown.
  useLayoutEffect(() => {
    const focus = ({ target, key }: KeyboardEvent) => {
      const isText = target instanceof HTMLInputElement && target.type !== "radio";
      // A space presses the button that has the focus.
      if (!isText && key.length === 1 && key !== " ") input.current?.focus();
    };
    input.current?.focus();
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);

  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { current: field } = input;
    if (field === null) return;
    const code = field.value.trim();
    field.value = "";
    void scan(code);
  };

  const gate = counts?.gates.find((it) => it.gate.id === gateId);
  return (
    <main class="scanner">
      <header class="row">
        <h1>{gate ? `${gate.gate.name}, ${counts?.venue.name}` : "Scanner"}</h1>
        {gate && counts && (
          <p class="counts">
            {shownNumber(gate.entries)} in here, {shownNumber(counts.inside)} of {shownNumber(counts.capacity)} inside
          </p>
        )}
      </header>
      <fieldset class="directions">
        <legend class="spoken">Direction</legend>
        {(["ENTRY", "EXIT"] as const).map((way) => (
          <label key={way}>
            <input type="radio" name="direction" checked={direction === way} onChange={() => setDirection(way)} />
            {way === "ENTRY" ? "Entry" : "Exit"}
          </label>
        ))}
      </fieldset>
      <div role="status" key={shown?.times} class={`verdict ${shown?.verdict.kind ?? "none"}`}>
        <strong>{shown?.verdict.word ?? "Ready"}</strong>
        <span>{shown?.verdict.detail}</span>
        <code>{shown?.code}</code>
      </div>
      <form class="row code" onSubmit={submit}>
        <input
          ref={input}
          name="code"
          aria-label="Code"
          placeholder="Code"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
        />
        <button type="submit">Scan</button>
        <button type="button" aria-pressed={hasCamera} onClick={() => setCamera(!hasCamera)}>
          Camera
        </button>
      </form>
      {hasCamera && <Camera onCode={scan} />}
      <Kept changes={changes} />
    </main>
  );
}
