import type { Device } from "./store.js";

/** Takes the token of an enrolment link, such as that of a QR code, out of the address bar and its history. Null where there is none. */
export function takeDeviceLink(): Device | null {
  const device = deviceIn(location.href);
  if (device === null) return null;
  history.replaceState(null, "", location.pathname);
  return device;
}

/** Of a link as the owner's page shows it, or a bare token; null where it is neither. */
export function deviceIn(text: string): Device | null {
  const trimmed = text.trim();
  if (/^ghd_[\w-]+$/.test(trimmed)) return { token: trimmed, gateId: null };
  const link = URL.canParse(trimmed) ? new URLSearchParams(new URL(trimmed).hash.slice(1)) : null;
  const token = link?.get("device");
  return token ? { token, gateId: link?.get("gate") ?? null } : null;
}
