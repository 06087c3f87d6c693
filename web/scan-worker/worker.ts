/** Keeps the scanner's page on the device, so that it opens without a network. The scans themselves are kept by the page. */
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const PAGE = "/scan";
const CACHE = "gatehouse-scan";
/** A network that has not answered by then is none; the page that is kept is opened meanwhile. */
const PATIENCE_MILLISECONDS = 3_000;

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

/** The page as the server has it now, kept with all that it names in place of the one before. */
async function renew(): Promise<Response> {
  const page = await fetch(PAGE, { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
  if (!page.ok) throw new Error(`The page is not there: status ${page.status}`);
  const names = [...(await page.clone().text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, name]) => name ?? "");
  const cache = await caches.open(CACHE);
  const missing = await Promise.all(names.map(async (name) => ((await cache.match(name)) ? [] : [name])));
  await cache.addAll(missing.flat());
  await cache.put(PAGE, page.clone());
  const wanted = new Set([PAGE, ...names]);
  const old = (await cache.keys()).filter(({ url }) => !wanted.has(new URL(url).pathname));
  await Promise.all(old.map((request) => cache.delete(request)));
  return page;
}

async function kept(request: Request | string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}
