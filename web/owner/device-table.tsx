import type { DeviceRowFragment } from "../generated/operations.js";
import { Table } from "./table.js";

interface DeviceTableProps {
  readonly devices: readonly DeviceRowFragment[];
  readonly timeZone: string;
  readonly onRevoke: (device: DeviceRowFragment) => void;
}

/** Those that may scan, and below them, folded away, those that were revoked. */
export function DeviceTable({ devices, timeZone, onRevoke }: DeviceTableProps) {
  const shown = (at: string) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
  const revoked = devices.filter(({ revokedAt }) => revokedAt !== null);
  return (
    <section class="panel" aria-labelledby="scanners">
      <h2 id="scanners">Scanners</h2>
      <Table
        caption="Scanners"
        heads={["Scanner", "Gate", "Enrolled", "Last seen", "Revoke"]}
        rows={devices.filter(({ revokedAt }) => revokedAt === null)}
        keyOf={({ id }) => id}
        cells={(device) => [
          device.name,
          device.gate.name,
          shown(device.enrolledAt),
          device.lastSeenAt === null ? "never" : shown(device.lastSeenAt),
          <button type="button" class="danger" key="revoke" onClick={() => onRevoke(device)}>
            Revoke<span class="spoken"> {device.name}</span>
          </button>,
        ]}
        empty="None at the moment."
      />
      {revoked.length > 0 && (
        <details>
          <summary>{revoked.length} revoked</summary>
          <Table
            caption="Revoked scanners"
            heads={["Scanner", "Gate", "Enrolled", "Revoked"]}
            rows={revoked}
            keyOf={({ id }) => id}
            cells={({ name, gate, enrolledAt, revokedAt }) => [
              name,
              gate.name,
              shown(enrolledAt),
              revokedAt === null ? "" : shown(revokedAt),
            ]}
            empty=""
          />
        </details>
      )}
    </section>
  );
}
