import { type DeviceRowFragment, RevokeDeviceDocument } from "../generated/operations.js";
import { Dialog } from "./dialog.js";
import { Form } from "./form.js";

interface RevokeDeviceProps {
  readonly device: DeviceRowFragment;
  readonly onClose: () => void;
  readonly onRevoked: () => void;
}

export function RevokeDevice({ device, onClose, onRevoked }: RevokeDeviceProps) {
  return (
    <Dialog title={`Revoke ${device.name}?`} onClose={onClose}>
      <p>
        It scans no more at {device.gate.name} from that moment on, for good. What it kept without a network and has not
        sent stays on it.
      </p>
      <Form
        document={RevokeDeviceDocument}
        input={() => ({ deviceId: device.id })}
        onDone={onRevoked}
        submit="Revoke"
        isFinal
      />
    </Dialog>
  );
}
