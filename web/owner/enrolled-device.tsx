import type { DeviceRowFragment } from "../generated/operations.js";
import { QrCode } from "../kit/qr-code.js";
import { Dialog } from "./dialog.js";

/** What enrolling gave. The token is told this once and kept nowhere. */
export interface Enrolment {
  readonly device: DeviceRowFragment;
  readonly token: string;
}

/** Names that mean the machine itself: a phone that follows the link finds nothing there. */
const OWN_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

export function EnrolledDevice({ device, token, onClose }: Enrolment & { readonly onClose: () => void }) {
  const link = scannerLink(token, device.gate.id);
  return (
    <Dialog title={`${device.name} at ${device.gate.name}`} close="Done" onClose={onClose}>
      <p>
        Scan this with the camera of the phone that is to be the scanner, or open the link on it.{" "}
        <strong>It is shown this once.</strong> Whoever has it can scan at the gate until the scanner is revoked.
      </p>
      {OWN_NAMES.includes(location.hostname) && (
        <p>
          The link leads to {location.hostname}, where a phone finds nothing: open this page by an address that the
          phone finds, or scan the code from the scanner's own page.
        </p>
      )}
      <QrCode text={link} label="QR code of the scanner's link" />
      <p>
        <a href={link} target="_blank" rel="noreferrer">
          Open the scanner here
        </a>
      </p>
      <p>
        Or type its token: <code>{token}</code>
      </p>
    </Dialog>
  );
}

/** As `web/scan/device.ts` reads it: in the fragment, which no server is told. */
function scannerLink(token: string, gateId: string): string {
  return new URL(`/scan#${new URLSearchParams({ device: token, gate: gateId })}`, location.origin).href;
}
