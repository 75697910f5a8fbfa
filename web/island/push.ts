// Alerts on this device: asks the browser where its push service reaches it,
// and tells the server.

import { text } from "./page";

/** Whoever may not is told why; everything else is the push service's doing. */
class Denied extends Error {}

async function subscribe(key: string): Promise<PushSubscriptionJSON> {
  if ((await Notification.requestPermission()) !== "granted") throw new Denied();
  const registration = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return (await registration.pushManager.subscribe(options)).toJSON();
  } catch (err) {
    // Subscribed before, with the key of another installation.
    const old = await registration.pushManager.getSubscription();
    if (!old || !(err instanceof DOMException) || err.name !== "InvalidStateError") throw err;
    await old.unsubscribe();
    return (await registration.pushManager.subscribe(options)).toJSON();
  }
}

export function push(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-push]");
  const problem = form?.querySelector<HTMLElement>("[data-push-problem]");
  const button = form?.querySelector<HTMLButtonElement>("button");
  if (!form || !problem || !button) return;
  const tell = (words: string): void => {
    problem.textContent = words;
    problem.hidden = false;
    button.disabled = false;
  };
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    tell(text("pushUnable"));
    button.hidden = true;
    return;
  }
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    problem.hidden = button.disabled = true;
    subscribe(form.dataset["push"] ?? "").then((s) => {
      const fill = (name: string, value: string | undefined): void => {
        (form.elements.namedItem(name) as HTMLInputElement).value = value ?? "";
      };
      fill("endpoint", s.endpoint);
      fill("key", s.keys?.["p256dh"]);
      fill("auth", s.keys?.["auth"]);
      form.submit();
    }, (err: unknown) => tell(text(err instanceof Denied ? "pushDenied" : "pushFailed")));
  });
}
