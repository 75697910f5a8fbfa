// The worker's page: one hand, cold fingers, one bar of signal.

import { clock, show, text } from "./page";
import * as queue from "./queue";

const holdFor = 1_200;
const cancelFor = 5;
const retry = 10_000;

const shift = document.querySelector<HTMLElement>("[data-on-shift]")?.dataset["shift"] ?? "";

function act(kind: "check-in" | "help", form: HTMLFormElement, extra: [string, string][] = []): queue.Waiting {
  const fields = [...new FormData(form)].filter((f): f is [string, string] => typeof f[1] === "string" && f[1] !== "");
  return { id: crypto.randomUUID(), kind, url: form.action, fields: [["shift", shift], ...fields, ...extra], at: Date.now() };
}

/** perform keeps the act first and sends it then, so that nothing is lost in between. */
async function perform(w: queue.Waiting): Promise<void> {
  await queue.keep(w);
  if (w.kind === "help") await overtake(w);
  else await flush(w.id);
}

/** overtake sends a call for help at once, whatever else is under way; to send it twice is one call. */
async function overtake(w: queue.Waiting): Promise<void> {
  void tellWaiting();
  const fate = await queue.send(w);
  if (fate === "later") { await tellWaiting(); return; }
  await queue.drop(w.id);
  if (fate === "refused") { show("waiting", text("refused")); return; }
  renew();
}

/** renew shows the server's new state, but never under a finger that is calling for help. */
function renew(): void {
  if (document.querySelector("dialog[open], .holding")) setTimeout(renew, 300);
  else location.reload();
}

let flushing = false;

async function flush(mine = ""): Promise<void> {
  if (flushing) return;
  flushing = true;
  let reload = false;
  for (const w of await queue.all()) {
    const fate = await queue.send(w);
    if (fate === "later") break;
    await queue.drop(w.id);
    reload = true;
    if (fate === "refused" && w.id === mine) { flushing = false; show("waiting", text("refused")); return; }
  }
  flushing = false;
  await tellWaiting();
  if (reload) renew();
}

async function tellWaiting(): Promise<void> {
  const left = await queue.all();
  const help = left.find((w) => w.kind === "help");
  const first = help ?? left[0];
  show("waiting", first ? text(help ? "helpWaits" : "checkWaits", { x: clock(first.at) }) : navigator.onLine ? null : text(document.querySelector("form[data-queue]") ? "offline" : "noStart"));
}

/** holdToHelp: hold, then a countdown that can be cancelled, then the call. */
function holdToHelp(form: HTMLFormElement): void {
  const button = document.getElementById("hold");
  const dialog = document.getElementById("helping") as HTMLDialogElement | null;
  const left = document.getElementById("helping-left");
  if (!button || !dialog || !left) return;
  let holding = 0;
  let counting = 0;

  const stopHolding = (): void => { clearTimeout(holding); holding = 0; button.classList.remove("holding"); };
  const stopCounting = (): void => { clearInterval(counting); counting = 0; dialog.close(); };
  const call = (): void => { stopCounting(); void perform(act("help", form)); };
  const count = (): void => {
    stopHolding();
    if (counting) return;
    let n = cancelFor;
    left.textContent = String(n);
    navigator.vibrate?.(200);
    dialog.showModal();
    counting = window.setInterval(() => { n--; left.textContent = String(n); if (n <= 0) call(); }, 1_000);
  };
  const hold = (): void => { if (!holding && !counting) { button.classList.add("holding"); holding = window.setTimeout(count, holdFor); } };

  button.addEventListener("pointerdown", hold);
  for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(end, stopHolding);
  button.addEventListener("contextmenu", (e) => e.preventDefault());
  button.addEventListener("keydown", (e) => { if (e.key === " " || e.key === "Enter") { e.preventDefault(); hold(); } });
  button.addEventListener("keyup", stopHolding);
  // A click without a pointer comes from a switch or a screen reader: it cannot hold.
  button.addEventListener("click", (e) => { if (e.detail === 0 && !counting) count(); });
  // The key that was held is still down when the countdown opens: what it
  // repeats and its release must not press the button that has the focus now.
  dialog.addEventListener("keydown", (e) => { if (e.repeat) e.preventDefault(); });
  document.getElementById("help-cancel")?.addEventListener("click", stopCounting);
  document.getElementById("help-now")?.addEventListener("click", call);
  dialog.addEventListener("cancel", () => { clearInterval(counting); counting = 0; });
}

interface Battery { level: number }

/** follow sends positions with accuracy and battery, and only while on shift. */
function follow(): void {
  if (!shift || !("geolocation" in navigator)) return;
  const words = document.querySelector("#sharing span");
  let sent = 0;
  navigator.geolocation.watchPosition((p) => {
    if (words) words.textContent = text("positionOn");
    if (Date.now() - sent < 30_000) return;
    sent = Date.now();
    void (async () => {
      const battery = await (navigator as { getBattery?: () => Promise<Battery> }).getBattery?.().catch(() => undefined);
      const body = new URLSearchParams({
        shift, lat: String(p.coords.latitude), lon: String(p.coords.longitude), accuracy: String(p.coords.accuracy), client_time: String(p.timestamp),
        ...(battery ? { battery: String(Math.round(battery.level * 100)) } : {}),
      });
      await fetch("/me/position", { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => undefined);
    })();
  }, () => { if (words) words.textContent = text("positionOff"); }, { enableHighAccuracy: true, maximumAge: 15_000, timeout: 60_000 });
}

document.addEventListener("submit", (e) => {
  const form = e.target as HTMLFormElement;
  if (form.dataset["queue"] !== "check-in") return;
  e.preventDefault();
  void perform(act("check-in", form));
});
const help = document.querySelector<HTMLFormElement>("form[data-hold]");
if (help) holdToHelp(help);
addEventListener("online", () => void flush());
addEventListener("offline", () => void tellWaiting());
setInterval(() => void flush(), retry);
void flush();
follow();
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js");
