import { render } from "preact";
import { useCallback, useState } from "preact/hooks";
import { type Device, readDevice, takeDeviceLink, writeDevice } from "./device.js";
import { Enrol } from "./enrol.js";
import { Scanner } from "./scanner.js";
import { forget } from "./store.js";

const KEPT_MILLISECONDS = 48 * 3_600_000;

takeDeviceLink();
void forget(new Date(Date.now() - KEPT_MILLISECONDS).toISOString());
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
  return device ? <Scanner device={device} onRevoked={end} /> : <Enrol reason={reason} onDevice={enrol} />;
}
