// What answers brought: the access token, an id of each kind, a ticket's code. Kept for this browser tab alone.
const STORE = "gatehouse:playground";
const ID = /^([a-z]+)_([0-9a-z]{26})$/;
const NOTHING = "0".repeat(26);

const listeners = new Set();
let memory = JSON.parse(sessionStorage.getItem(STORE) ?? '{"ids":{}}');

export function accessToken() {
  return memory.accessToken ?? "";
}

export function keepAccessToken(token) {
  remember({ ...memory, accessToken: token.trim() });
}

/** Calls `listener` after every change; answers how to end that. */
export function onMemoryChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes from an answer, or from variables, what later examples can use: of several of a kind, the first. */
export function learn(data) {
  const seen = { ids: {} };
  collect(data, seen);
  remember({ ...memory, ...seen, ids: { ...memory.ids, ...seen.ids } });
}

/** The variables of an example as text, with its stand-ins replaced by what is known. */
export function fillIn(variables) {
  return JSON.stringify(variables, (_name, value) => (typeof value === "string" ? known(value) : value), 2);
}

function known(value) {
  if (value === "SCAN-KEY") return newKey();
  if (value === "TICKET-CODE") return memory.code ?? value;
  const [, prefix, suffix] = ID.exec(value) ?? [];
  return suffix === NOTHING ? (memory.ids[prefix] ?? value) : value;
}

// `crypto.randomUUID` is missing where the page came over plain HTTP from another machine.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function collect(value, seen) {
  if (typeof value === "string") collectId(value, seen);
  if (value === null || typeof value !== "object") return;
  if (typeof value.accessToken === "string") seen.accessToken ??= value.accessToken;
  if (typeof value.code === "string" && String(value.id).startsWith("tkt_")) seen.code ??= value.code;
  for (const part of Object.values(value)) collect(part, seen);
}

function collectId(value, seen) {
  const [id, prefix, suffix] = ID.exec(value) ?? [];
  if (id && suffix !== NOTHING) seen.ids[prefix] ??= id;
}

function remember(next) {
  if (JSON.stringify(next) === JSON.stringify(memory)) return;
  memory = next;
  sessionStorage.setItem(STORE, JSON.stringify(memory));
  for (const listener of listeners) listener();
}
