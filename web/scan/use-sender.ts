import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { GateCountsFragment, ScanDirection } from "../generated/operations.js";
import { type Answer, Sender } from "./sender.js";
import { type Device, writeDevice } from "./store.js";

const CONTACT_MILLISECONDS = 2_000;

interface Sending {
  /** The verdict is told once those of the scans before are: each person at the gate gets their own. Null: the device was revoked. */
  scan(code: string, direction: ScanDirection): Promise<Exclude<Answer, { kind: "revoked" }> | null>;
  readonly counts: GateCountsFragment | null;
  readonly gateId: string | null;
  readonly isAway: boolean;
  readonly cannotKeep: boolean;
  /** Another one whenever what is kept may have changed. */
  readonly changes: number;
}

/** Scans in the device's name, and stays in contact with the server: who is next at the gate need not find out that it is away. */
export function useSender(device: Device, onRevoked: () => void): Sending {
  const sender = useMemo(() => new Sender(device.token), [device.token]);
  const [counts, setCounts] = useState<GateCountsFragment | null>(null);
  const [gateId, setGateId] = useState(device.gateId);
  const [isAway, setAway] = useState(sender.isAway);
  const [changes, setChanges] = useState(0);
  const before = useRef<Promise<unknown>>(Promise.resolve());

  const takeCounts = useCallback((next: GateCountsFragment | null) => {
    // Of two answers that overtake each other the older is let go.
    if (next) setCounts((shown) => (shown && shown.version > next.version ? shown : next));
  }, []);

  const scanNow = async (code: string, direction: ScanDirection) => {
    const answer = await sender.scan(code, direction);
    setChanges((number) => number + 1);
    setAway(sender.isAway);
    if (answer.kind === "revoked") {
      onRevoked();
      return null;
    }
    if (answer.kind === "verdict") {
      takeCounts(answer.counts);
      const { id } = answer.verdict.gate;
      setGateId(id);
      if (gateId !== id) writeDevice({ ...device, gateId: id }).catch(() => {});
    }
    return answer;
  };
  const scan = (code: string, direction: ScanDirection) => {
    const answer = before.current.then(() => scanNow(code, direction));
    before.current = answer.catch(() => {});
    return answer;
  };

  useEffect(() => {
    let isEnded = false;
    const contact = async () => {
      const found = await sender.contact(gateId);
      if (isEnded) return;
      takeCounts(found.counts);
      setAway(found.isAway);
      setChanges((number) => number + 1);
      if (found.isRevoked) onRevoked();
    };
    const contactNow = () => void contact();
    const goAway = () => setAway(true);
    contactNow();
    const timer = setInterval(contactNow, CONTACT_MILLISECONDS);
    addEventListener("online", contactNow);
    addEventListener("offline", goAway);
    document.addEventListener("visibilitychange", contactNow);
    return () => {
      isEnded = true;
      clearInterval(timer);
      removeEventListener("online", contactNow);
      removeEventListener("offline", goAway);
      document.removeEventListener("visibilitychange", contactNow);
    };
  }, [sender, gateId, onRevoked, takeCounts]);

  return { scan, counts, gateId, isAway, cannotKeep: sender.cannotKeep, changes };
}
