import type { Change } from "../domain/change.js";
import type { Bus } from "./message-bus.js";
import { createWarning, type WarningLogger } from "./warning.js";

export const venueTopic = (venueId: string): string => `venue:${venueId}`;
export const availabilityTopic = (eventId: string): string => `availability:${eventId}`;
const RIGHTS_TOPIC = "rights";

/** Tells the other nodes. `at`: milliseconds since the epoch. */
export function publish(bus: Bus, change: Change, at: number): void {
  if (change.kind === "occupancy") bus.publish(venueTopic(change.venueId), { version: change.version, at });
  else if (change.kind === "availability") bus.publish(availabilityTopic(change.eventId), { at });
  else bus.publish(RIGHTS_TOPIC, { credentialId: change.credentialId });
}

/** Those of other nodes, and any that may have been missed. */
export function listenForRights(
  bus: Bus,
  rightsChanged: (credentialId: string | null) => void,
  logger: WarningLogger,
): void {
  const warn = createWarning(logger);
  bus
    .subscribe(RIGHTS_TOPIC, (message) => rightsChanged(credentialIdOf(message)))
    .catch((error) => warn(error, "Changed rights cannot be heard of at once; they are still checked every second"));
  bus.onReconnect(() => rightsChanged(null));
}

function credentialIdOf(message: unknown): string | null {
  const isNamed = typeof message === "object" && message !== null && "credentialId" in message;
  return isNamed && typeof message.credentialId === "string" ? message.credentialId : null;
}
