import { type DBSchema, openDB } from "idb";
import type { RefusalReason, ScanDirection } from "../generated/operations.js";

/** One attempt to pass the gate, written down before anybody is asked about it. */
export interface Attempt {
  /** Made once; the server counts it once however often it is sent. */
  readonly key: string;
  /** Of the device that made it, which alone may send it. */
  readonly token: string;
  readonly code: string;
  readonly direction: ScanDirection;
  readonly scannedAt: string;
  /** Whether the person was let through. */
  readonly admitted: boolean;
  /** `asking` while an answer is waited for, and for ever where the page was closed meanwhile; `pending` where there was none. */
  readonly state: "asking" | "pending" | "answered" | "failed";
  /** What the server would have refused it for, or why it could not be taken. */
  readonly conflict: RefusalReason | null;
  readonly problem: string | null;
}

/** The scanner that this phone is. */
export interface Device {
  readonly token: string;
  /** Null until the first scan tells it, where only a token was typed. */
  readonly gateId: string | null;
}

interface Schema extends DBSchema {
  attempts: { key: string; value: Attempt; indexes: { state: [string, string]; code: string } };
  /** One at most. */
  devices: { key: typeof DEVICE; value: Device };
}

const DEVICE = "this";
/** On the disk when the promise is fulfilled, whatever then happens to the battery. */
const STRICT = { durability: "strict" } as const;

const database = openDB<Schema>("gatehouse-scan", 1, {
  upgrade: (db) => {
    const attempts = db.createObjectStore("attempts", { keyPath: "key" });
    attempts.createIndex("state", ["state", "scannedAt"]);
    attempts.createIndex("code", "code");
    db.createObjectStore("devices");
  },
});
// Each use of it finds that out for itself.
database.catch(() => {});

/** Not in the local storage, which a browser writes to the disk some seconds later. */
export async function readDevice(): Promise<Device | null> {
  return (await (await database).get("devices", DEVICE)) ?? null;
}

export async function writeDevice(device: Device | null): Promise<void> {
  const { store, done } = (await database).transaction("devices", "readwrite", STRICT);
  await Promise.all([device === null ? store.clear() : store.put(device, DEVICE), done]);
}

export async function keep(attempt: Attempt): Promise<void> {
  const { store, done } = (await database).transaction("attempts", "readwrite", STRICT);
  await Promise.all([store.put(attempt), done]);
}

/** Those without an answer, the oldest first; of those that are asked about only what was so before a time. */
export async function unsent(device: string, askedBefore: string, most: number): Promise<Attempt[]> {
  const db = await database;
  const [left, pending] = await Promise.all([
    db.getAllFromIndex("attempts", "state", IDBKeyRange.bound(["asking", ""], ["asking", askedBefore])),
    db.getAllFromIndex("attempts", "state", rangeOf("pending")),
  ]);
  return [...left, ...pending].filter(({ token }) => token === device).slice(0, most);
}

/** How many wait to be sent, and how many of another enrolment of this phone can be sent by nobody. */
export async function countPending(device: string): Promise<{ readonly own: number; readonly others: number }> {
  const attempts = await (await database).getAllFromIndex("attempts", "state", rangeOf("pending"));
  const own = attempts.filter(({ token }) => token === device).length;
  return { own, others: attempts.length - own };
}

/** Those that somebody should look at: let through though they were not good, or not taken by the server. */
export async function troubled(): Promise<Attempt[]> {
  const db = await database;
  const [answered, failed] = await Promise.all([
    db.getAllFromIndex("attempts", "state", rangeOf("answered")),
    db.getAllFromIndex("attempts", "state", rangeOf("failed")),
  ]);
  return [...answered.filter(({ conflict }) => conflict !== null), ...failed];
}

/** Whether the code's last attempt on this phone let somebody in, which is all that can be known without a network. */
export async function isKnownInside(code: string): Promise<boolean> {
  const attempts = await (await database).getAllFromIndex("attempts", "code", code);
  const admitted = attempts.filter((attempt) => attempt.admitted).sort((a, b) => (a.scannedAt < b.scannedAt ? -1 : 1));
  return admitted.at(-1)?.direction === "ENTRY";
}

/** What has been answered is of use for the evening only. */
export async function forget(before: string): Promise<void> {
  const transaction = (await database).transaction("attempts", "readwrite");
  for (const state of ["answered", "failed"] as const) {
    const range = IDBKeyRange.bound([state, ""], [state, before]);
    for await (const cursor of transaction.store.index("state").iterate(range)) await cursor.delete();
  }
  await transaction.done;
}

function rangeOf(state: Attempt["state"]): IDBKeyRange {
  return IDBKeyRange.bound([state, ""], [state, "\uffff"]);
}
