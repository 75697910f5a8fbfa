// The service worker keeps the worker's page usable without a network. It
// keeps only that page and its parts; everything else always comes fresh.

declare const KEEP: string[];
const worker = self as unknown as ServiceWorkerGlobalScope;

const cache = "muster-" + KEEP.join("").length.toString(36) + "-" + (KEEP.join("").match(/-([0-9a-f]{10})\./g) ?? []).join("");

worker.addEventListener("install", (e) => {
  e.waitUntil(caches.open(cache).then((c) => c.addAll(KEEP)).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (e) => {
  e.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== cache) await caches.delete(name);
    await worker.clients.claim();
  })());
});

/** fresh asks the network, and falls back to the page as it last was. */
async function fresh(request: Request): Promise<Response> {
  const store = await caches.open(cache);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await store.put("/me", answer.clone());
    return answer;
  } catch {
    return (await store.match("/me")) ?? Response.error();
  }
}

worker.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  // Whoever signs out leaves no page of theirs behind on the device.
  if (url.pathname === "/sign-out") e.waitUntil(caches.open(cache).then((c) => c.delete("/me")));
  if (e.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (KEEP.includes(url.pathname)) e.respondWith(caches.match(e.request).then((hit) => hit ?? fetch(e.request)));
  else if (url.pathname === "/me" && e.request.mode === "navigate") e.respondWith(fresh(e.request));
});
