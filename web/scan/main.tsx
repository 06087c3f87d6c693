import { render } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { takeDeviceLink } from "./device.js";
import { Enrol } from "./enrol.js";
import { Scanner } from "./scanner.js";
import { type Device, forget, readDevice, writeDevice } from "./store.js";

const KEPT_MILLISECONDS = 48 * 3_600_000;

const linked = takeDeviceLink();
if (linked) remember(linked);
// What cannot be forgotten shows again when something is to be kept.
forget(new Date(Date.now() - KEPT_MILLISECONDS).toISOString()).catch(() => {});
// Else the browser may make room by throwing away what waits for a network.
if ("storage" in navigator) void navigator.storage.persist();
// There is none on pages that came over plain HTTP from another machine: these need the network to open.
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/scan-worker.js", { scope: "/scan" });
const root = document.getElementById("page");
if (root === null) throw new Error("The page has no place to be shown in");
const known = linked ?? (await readDevice().catch(() => null));
render(<ScanPage />, root);

/** Where it cannot be, as in some private windows, the phone is this scanner as long as the page is open. */
function remember(device: Device | null): void {
  writeDevice(device).catch(() => {});
}

function ScanPage() {
  const [device, setDevice] = useState(known);
  const [reason, setReason] = useState<string | null>(null);
  const become = useCallback((next: Device | null) => {
    remember(next);
    setDevice(next);
  }, []);
  const end = useCallback(() => {
    setReason("This device has been revoked, or its token is wrong. What it has not sent stays kept here.");
    become(null);
  }, [become]);
  // A link that is opened while the page is.
  useEffect(() => {
    const take = () => {
      const another = takeDeviceLink();
      if (another) become(another);
    };
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, [become]);
  return device ? (
    <Scanner key={device.token} device={device} onDevice={become} onRevoked={end} />
  ) : (
    <Enrol reason={reason} onDevice={become} />
  );
}
