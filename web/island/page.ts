// What all islands share: the page's texts, the server's clock, and news that
// parts of the page were renewed.

const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

const texts = JSON.parse(meta("muster-text") || "{}") as Record<string, string>;

/** text gives a catalogue text with its number {n} and its words {x} put in. */
export function text(key: string, fill: { n?: number | string; x?: string } = {}): string {
  return (texts[key] ?? key).replace("{n}", String(fill.n ?? "")).replace("{x}", fill.x ?? "");
}

/** How far the server's clock is ahead of this device's, in milliseconds. */
let ahead = Number(meta("muster-now")) - Date.now();

/** now is the server's time in milliseconds: deadlines are the server's, and clocks of devices are wrong. */
export const now = (): number => Date.now() + ahead;

/** tell hands on what a heartbeat said about the server's clock. */
export function tellNow(serverNow: number): void {
  ahead = serverNow - Date.now();
}

const shape: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

/** The organisation's zone, in which the page's tables are written; a browser that does not know it uses its own. */
const day = ((): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat(document.documentElement.lang, { ...shape, timeZone: meta("muster-zone") || undefined });
  } catch {
    return new Intl.DateTimeFormat(document.documentElement.lang, shape);
  }
})();

/** clock writes the time of day with seconds, in the page's zone, with a 24-hour day. */
export const clock = (ms: number): string => day.format(ms);

const renewed = new Set<() => void>();

/** onRenew runs fn now and whenever parts of the page were renewed. */
export function onRenew(fn: () => void): void {
  renewed.add(fn);
  fn();
}

export function renew(): void {
  for (const fn of renewed) fn();
  document.dispatchEvent(new Event("muster:renewed"));
}

/** show puts text into a bar and makes it visible, or hides it. */
export function show(id: string, words: string | null): void {
  const bar = document.getElementById(id);
  if (!bar) return;
  bar.hidden = words === null;
  const span = bar.querySelector("span");
  if (span && words) span.textContent = words;
}
