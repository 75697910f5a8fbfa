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

/** What a push carries, as package webpush writes it. */
interface Alert { title: string; body: string; link: string; topic: string; lang: string; urgent: boolean; shown: string }

/** tell says that an alert is shown: a word of this device, that no person has acted. */
async function tell(shown: string): Promise<void> {
  for (const wait of [0, 2_000, 10_000]) {
    await new Promise((r) => setTimeout(r, wait));
    try {
      const answer = await fetch("/carrier/webpush/shown", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ shown }), credentials: "omit", keepalive: true,
      });
      if (answer.status < 500) return;
    } catch { /* no network just now */ }
  }
}

async function alert(a: Alert): Promise<void> {
  // A later alert about the same thing takes the place of the earlier one, and is heard all the same.
  const options = { body: a.body, lang: a.lang, tag: a.topic, renotify: a.topic !== "", requireInteraction: a.urgent, data: { link: a.link } };
  await worker.registration.showNotification(a.title, options);
  await tell(a.shown);
}

worker.addEventListener("push", (e) => {
  const a = e.data?.json() as Alert | undefined;
  if (a) e.waitUntil(alert(a));
});

/** open brings the page that an alert leads to before its reader; what is done about it is done there. */
async function open(link: string): Promise<void> {
  const url = new URL(link || "/", worker.location.origin);
  if (url.origin !== worker.location.origin) return;
  for (const page of await worker.clients.matchAll({ type: "window" })) {
    if (new URL(page.url).pathname === url.pathname) { await page.focus(); return; }
  }
  await worker.clients.openWindow(url.href);
}

worker.addEventListener("notificationclick", (e) => {
  e.notification.close();
  e.waitUntil(open((e.notification.data as { link?: string } | null)?.link ?? ""));
});

/** renewed tells the server where the browser's push service reaches this device from now on: it may move it whenever it likes. */
async function renewed(e: PushSubscriptionChangeEvent): Promise<void> {
  const before = e.oldSubscription?.options.applicationServerKey;
  const now = e.newSubscription ?? (before && await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: before }));
  if (!now) return; // alerts were switched off
  const s = now.toJSON();
  const body = new URLSearchParams({ endpoint: s.endpoint ?? "", key: s.keys?.["p256dh"] ?? "", auth: s.keys?.["auth"] ?? "" });
  // Whoever has signed out meanwhile is told of a device that takes nothing any more, as of any dead address.
  await fetch("/channels/devices", { method: "POST", body, credentials: "same-origin", redirect: "manual" });
}

worker.addEventListener("pushsubscriptionchange", (e) => e.waitUntil(renewed(e as PushSubscriptionChangeEvent)));
