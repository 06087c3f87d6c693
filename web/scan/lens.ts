/** A camera in use. */
export interface Lens {
  readonly stream: MediaStream;
  readonly hasLight: boolean;
  setLight(isOn: boolean): Promise<void>;
  close(): void;
}

/** Newer than the types of browsers. */
type Capabilities = MediaTrackCapabilities & { readonly torch?: boolean };
type LightConstraints = MediaTrackConstraintSet & { readonly torch: boolean };

/** The one of that id, else the one that looks away from the steward. Throws where there is none, or none may be used. */
export async function openLens(deviceId: string | null): Promise<Lens> {
  const which = deviceId === null ? { facingMode: "environment" } : { deviceId: { exact: deviceId } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...which, width: 1280, height: 720 } });
  const [track] = stream.getVideoTracks();
  // Firefox does not tell what a camera can do.
  const capabilities: Capabilities | undefined = track?.getCapabilities?.();
  return {
    stream,
    hasLight: capabilities?.torch ?? false,
    setLight: async (torch) => {
      const advanced: LightConstraints[] = [{ torch }];
      await track?.applyConstraints({ advanced });
    },
    close: () => {
      for (const each of stream.getTracks()) each.stop();
    },
  };
}

/** Their names are told once one of them is in use. */
export async function listCameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "videoinput");
}
