/** Keeps the scanner's page on the device, so that it opens without a network. The scans themselves are kept by the page. */
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const PAGE = "/scan";
const CACHE = "gatehouse-scan";
/** A network that has not answered by then is none; the page that is kept is opened meanwhile. */
const PATIENCE_MILLISECONDS = 2_000;

const NAMED_IN_PAGE = /(?:src|href)="(\/[^"]+)"/g;
const NAMED_IN_SCRIPT = /["'`](\/web\/[\w.-]+)["'`]/g;

worker.addEventListener("install", (event) => {
  event.waitUntil(renew().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== worker.location.origin) return;
  if (request.mode === "navigate") event.respondWith(renew().catch(() => kept(PAGE)));
  else if (new URL(request.url).pathname !== "/graphql") event.respondWith(kept(request));
});

/** The page as the server has it now, kept with all that it loads in place of the one before. */
async function renew(): Promise<Response> {
  const page = await fetch(PAGE, { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
  const text = await page.clone().text();
  const names = [...text.matchAll(NAMED_IN_PAGE)].map(([, name]) => name ?? "");
  // What a hotel's network answers to everything is none of ours.
  if (!page.ok || !names.some((name) => name.endsWith(".js"))) throw new Error(`No page: status ${page.status}`);
  const cache = await caches.open(CACHE);
  const wanted = await keepAll(cache, names);
  await cache.put(PAGE, page.clone());
  await removeOthers(cache, new Set([PAGE, ...wanted]));
  return page;
}

/** The files and, one after the other, those that they name, as a script does its worker and that its engine. Answers all of them. */
async function keepAll(cache: Cache, names: readonly string[]): Promise<readonly string[]> {
  const scripts = names.filter((name) => name.endsWith(".js"));
  await Promise.all(names.map(async (name) => (await cache.match(name)) ?? cache.add(name)));
  const texts = await Promise.all(scripts.map(async (name) => (await cache.match(name))?.text()));
  const named = texts.flatMap((text) => [...(text ?? "").matchAll(NAMED_IN_SCRIPT)].map(([, name]) => name ?? ""));
  const more = [...new Set(named)].filter((name) => !names.includes(name));
  return more.length === 0 ? names : [...names, ...(await keepAll(cache, more))];
}

/** Not while the page is open somewhere: it may be of the version before, and not have loaded all of it yet. */
async function removeOthers(cache: Cache, wanted: ReadonlySet<string>): Promise<void> {
  if ((await worker.clients.matchAll()).length > 0) return;
  const old = (await cache.keys()).filter(({ url }) => !wanted.has(new URL(url).pathname));
  await Promise.all(old.map((request) => cache.delete(request)));
}

async function kept(request: Request | string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}
