// Counts ages and deadlines once a second, by the server's clock. Without this
// script the time of day stands there instead, and stays true.

import { now, onRenew, text } from "./page";

const two = (n: number): string => String(n).padStart(2, "0");

/** figures writes seconds as 4:05 or 1:04:05, and more than a day in days and hours. */
function figures(seconds: number): string {
  const s = Math.floor(Math.abs(seconds));
  if (s >= 86400) return `${text("d", { n: Math.floor(s / 86400) })} ${text("h", { n: Math.floor((s % 86400) / 3600) })}`;
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** age writes seconds in their one largest unit, with the catalogue's words. */
function age(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return text("s", { n: s });
  if (s < 3600) return text("min", { n: Math.floor(s / 60) });
  if (s < 86400) return text("h", { n: Math.floor(s / 3600) });
  return text("d", { n: Math.floor(s / 86400) });
}

function put(el: Element, words: string): void {
  if (el.textContent !== words) el.textContent = words;
}

function tick(): void {
  const t = now();
  for (const el of document.querySelectorAll<HTMLTimeElement>("time[data-ago], time[data-until], time[data-since]")) {
    const left = (Date.parse(el.dateTime) - t) / 1000;
    if ("ago" in el.dataset) {
      put(el, text("ago", { x: age(-left) }));
    } else if ("since" in el.dataset) {
      put(el, figures(Math.max(0, -left)));
    } else {
      el.classList.toggle("late", left <= 0);
      put(el, left > 0 ? figures(Math.ceil(left)) : text("overdue", { x: figures(-left) }));
    }
  }
  for (const ring of document.querySelectorAll<SVGCircleElement>("[data-ring]")) {
    const from = Number(ring.dataset["from"]);
    const to = Number(ring.dataset["to"]);
    const left = Math.max(0, Math.min(1, (to - t) / Math.max(1, to - from)));
    ring.setAttribute("stroke-dasharray", `${(left * 100).toFixed(2)} 100`);
  }
}

export function countdown(): void {
  onRenew(tick);
  setInterval(tick, 1000);
}
