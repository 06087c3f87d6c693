import { render } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { type Device, readDevice, takeDeviceLink, writeDevice } from "./device.js";
import { Enrol } from "./enrol.js";
import { Scanner } from "./scanner.js";
import { forget } from "./store.js";

const KEPT_MILLISECONDS = 48 * 3_600_000;

takeDeviceLink();
// What cannot be forgotten shows again when something is to be kept.
forget(new Date(Date.now() - KEPT_MILLISECONDS).toISOString()).catch(() => {});
// Else the browser may make room by throwing away what waits for a network.
if ("storage" in navigator) void navigator.storage.persist();
// There is none on pages that came over plain HTTP from another machine: these need the network to open.
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/scan-worker.js", { scope: "/scan" });
const root = document.getElementById("page");
if (root === null) throw new Error("The page has no place to be shown in");
render(<ScanPage />, root);

function ScanPage() {
  const [device, setDevice] = useState(readDevice);
  const [reason, setReason] = useState<string | null>(null);
  const enrol = useCallback((enrolled: Device) => {
    writeDevice(enrolled);
    setDevice(enrolled);
  }, []);
  const end = useCallback(() => {
    writeDevice(null);
    setReason("This device has been revoked, or its token is wrong. What it has not sent stays kept here.");
    setDevice(null);
  }, []);
  // A link that is opened while the page is.
  useEffect(() => {
    const take = () => {
      const linked = takeDeviceLink();
      if (linked) setDevice(linked);
    };
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  return device ? (
    <Scanner key={device.token} device={device} onDevice={enrol} onRevoked={end} />
  ) : (
    <Enrol reason={reason} onDevice={enrol} />
  );
}
