// Keeps an open page true. The server says which topics changed; every part of
// the page that is about one of them is fetched again and morphed in place, so
// that focus and what was typed stay. When nothing was heard for too long, the
// page says loudly that it can no longer be trusted.

import { Idiomorph } from "idiomorph";
import { clock, now, renew, show, tellNow, text } from "./page";
import { feedLost, feedBack } from "./sound";

const silence = 25_000; // two heartbeats of 10 s and some room
const gap = 1_000; // between two fetches of the same part
const many = 2_500; // the same where a part is large

let heard = Date.now();
let lostSince = 0;
const waiting = new Map<string, number>();
const fetched = new Map<string, number>();

function state(kind: "live" | "lost", words: string): void {
  const el = document.getElementById("feedstate");
  if (!el) return;
  el.dataset["state"] = kind;
  const span = el.querySelector("span");
  if (span) span.textContent = words;
}

function lastEvent(): string {
  const at = Number(document.getElementById("last-event")?.dataset["at"]);
  return at ? text("lastEvent", { x: clock(at) }) : text("live");
}

function lost(): void {
  if (lostSince) return;
  lostSince = heard;
  const words = text("lost", { x: clock(heard + now() - Date.now()) });
  show("feedbar", words);
  state("lost", words);
  feedLost();
}

function alive(): void {
  heard = Date.now();
  if (lostSince) {
    lostSince = 0;
    show("feedbar", null);
    feedBack();
    for (const el of regions()) schedule(el.id);
  }
  state("live", lastEvent());
}

const regions = (): NodeListOf<HTMLElement> => document.querySelectorAll<HTMLElement>("[data-region]");

/** schedule fetches a part soon, but not more often than its size allows. */
function schedule(id: string): void {
  if (waiting.has(id)) return;
  const el = document.getElementById(id);
  const pause = el && el.childElementCount && el.querySelectorAll("tr").length > 60 ? many : gap;
  const wait = Math.max(120, (fetched.get(id) ?? 0) + pause - Date.now());
  waiting.set(id, window.setTimeout(() => { waiting.delete(id); void refresh(id); }, wait));
}

async function refresh(id: string): Promise<void> {
  const el = document.getElementById(id);
  if (!el) return;
  fetched.set(id, Date.now());
  const url = new URL(location.href);
  url.searchParams.set("region", el.dataset["region"] ?? "");
  url.hash = "";
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "manual", credentials: "same-origin" });
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      show("feedbar", text("signedOut"));
      state("lost", text("signedOut"));
      return;
    }
    if (!answer.ok) return;
    morph(el, await answer.text());
  } catch {
    lost();
  }
}

function morph(el: HTMLElement, html: string): void {
  Idiomorph.morph(el, html, {
    morphStyle: el.dataset["inner"] === undefined && html.trimStart().includes(`id="${el.id}"`) ? "outerHTML" : "innerHTML",
    ignoreActiveValue: true,
    callbacks: {
      // What the person opened stays open; what they are typing stays typed.
      beforeAttributeUpdated: (name: string, node: Element) => !(name === "open" && node.tagName === "DETAILS") && !(name === "class" && node.classList.contains("leaflet-container")),
      beforeNodeMorphed: (node: Node) => !(node instanceof HTMLInputElement && node.value !== node.defaultValue),
    },
  });
  renew();
}

export function feed(): void {
  const address = document.body.dataset["feed"];
  if (!address) return;
  const source = new EventSource(address);
  source.addEventListener("open", alive);
  source.addEventListener("beat", (e) => {
    tellNow(Number((e as MessageEvent<string>).data));
    alive();
  });
  source.addEventListener("change", (e) => {
    const topics = (e as MessageEvent<string>).data.split(" ");
    alive();
    const at = document.getElementById("last-event");
    if (at) at.dataset["at"] = String(Math.round(now()));
    state("live", lastEvent());
    for (const el of regions()) {
      const about = (el.dataset["topics"] ?? "").split(" ");
      if (topics.includes("*") || about.some((t) => topics.includes(t))) schedule(el.id);
    }
  });
  // A visit has ended: what the page still shows is not the guest's any more.
  source.addEventListener("over", () => { source.close(); location.reload(); });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED || Date.now() - heard > 3_000) lost();
    // A browser gives up after an answer that is no event stream; we do not.
    if (source.readyState === EventSource.CLOSED) { source.close(); setTimeout(feed, 5_000); }
  });
  setInterval(() => { if (Date.now() - heard > silence) lost(); }, 1_000);
  addEventListener("offline", lost);
}
