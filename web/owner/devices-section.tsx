import { useEffect, useState } from "preact/hooks";
import { type DeviceRowFragment, DevicesDocument } from "../generated/operations.js";
import { DeviceTable } from "./device-table.js";
import { EnrolledDevice, type Enrolment } from "./enrolled-device.js";
import { Enrolling } from "./enrolling.js";
import { RevokeDevice } from "./revoke-device.js";
import type { SectionProps } from "./sections.js";
import { useReading } from "./use-live.js";

/** When each was last seen is asked for anew so often. */
const READ_MILLISECONDS = 5_000;

/** The scanners of the venue: made, shown once to the phone that is to be one, and revoked. */
export function DevicesSection({ venueId }: SectionProps) {
  const { data, error, read } = useReading(DevicesDocument, { venueId });
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [revoking, setRevoking] = useState<DeviceRowFragment | null>(null);
  const [news, setNews] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && read(), READ_MILLISECONDS);
    return () => clearInterval(timer);
  }, [read]);
  const { gates = [], devices, timeZone = "UTC" } = data?.venue ?? {};
  return (
    <>
      <p role="status" class={error ? "problem" : ""}>
        {error ? "The scanners could not be read." : news}
      </p>
      {data && <Enrolling gates={gates} onEnrolled={setEnrolment} />}
      {devices && <DeviceTable devices={devices} timeZone={timeZone} onRevoke={setRevoking} />}
      {enrolment && (
        <EnrolledDevice
          {...enrolment}
          onClose={() => {
            setEnrolment(null);
            read();
          }}
        />
      )}
      {revoking && (
        <RevokeDevice
          device={revoking}
          onClose={() => setRevoking(null)}
          onRevoked={() => {
            setNews(`${revoking.name} is revoked.`);
            setRevoking(null);
            read();
          }}
        />
      )}
    </>
  );
}
