// The console's voice: two tones, again and again, until somebody acknowledged.
// Browsers keep a page silent until its person has touched it, so sound counts
// as working only when it was tested here and the browser lets it through.

import { clock, onRenew, show, text } from "./page";

const testedKey = "muster.sound.tested";
const mutedKey = "muster.sound.muted-until";
const muteFor = 10 * 60_000;

let context: AudioContext | undefined;
let ringing = 0;
let feedTone = 0;

const audio = (): AudioContext => (context ??= new AudioContext());
const tested = (): boolean => sessionStorage.getItem(testedKey) === "yes" && context?.state === "running";
const mutedUntil = (): number => Number(localStorage.getItem(mutedKey) ?? 0);
const muted = (): boolean => mutedUntil() > Date.now();

function tone(hertz: number, start: number, length: number, volume = 0.35): void {
  const ctx = audio();
  const osc = ctx.createOscillator();
  const gain = ctx.createGain();
  const t = ctx.currentTime + start;
  osc.frequency.value = hertz;
  osc.type = "triangle";
  gain.gain.setValueAtTime(0.0001, t);
  gain.gain.exponentialRampToValueAtTime(volume, t + 0.03);
  gain.gain.setValueAtTime(volume, t + length - 0.05);
  gain.gain.exponentialRampToValueAtTime(0.0001, t + length);
  osc.connect(gain).connect(ctx.destination);
  osc.start(t);
  osc.stop(t + length + 0.02);
}

function twoTone(): void {
  tone(880, 0, 0.35);
  tone(622, 0.38, 0.45);
}

function lowTone(): void {
  tone(330, 0, 0.25, 0.25);
  tone(247, 0.3, 0.4, 0.25);
}

/** feedLost sounds until the feed is back: a silent console must not look like a calm night. */
export function feedLost(): void {
  if (!document.getElementById("soundstate") || feedTone) return;
  const sound = (): void => { if (tested() && !muted()) lowTone(); };
  sound();
  feedTone = window.setInterval(sound, 8_000);
}

export function feedBack(): void {
  clearInterval(feedTone);
  feedTone = 0;
}

function ring(): void {
  const wanted = document.querySelector("[data-ringing]") !== null;
  if (wanted && !ringing) {
    const sound = (): void => { if (tested() && !muted()) twoTone(); };
    sound();
    ringing = window.setInterval(sound, 2_000);
  } else if (!wanted && ringing) {
    clearInterval(ringing);
    ringing = 0;
  }
}

function paint(): void {
  const summary = document.getElementById("soundstate");
  if (!summary) return;
  const state = muted() ? "muted" : tested() ? "on" : "untested";
  summary.dataset["state"] = state;
  const label = summary.querySelector("span");
  if (label) label.textContent = state === "muted" ? text("soundMuted", { x: clock(mutedUntil()) }) : state === "on" ? text("soundOn") : text("soundTest");
  const bar = document.getElementById("soundbar");
  if (bar) bar.hidden = state === "on";
  if (state === "muted") show("soundbar", text("soundMuted", { x: clock(mutedUntil()) }));
}

async function act(what: string): Promise<void> {
  await audio().resume();
  if (what === "mute") localStorage.setItem(mutedKey, String(Date.now() + muteFor));
  if (what !== "mute") localStorage.removeItem(mutedKey);
  if (what === "test") {
    sessionStorage.setItem(testedKey, "yes");
    twoTone();
  }
  document.querySelector<HTMLDetailsElement>("#soundmenu")?.removeAttribute("open");
  paint();
}

export function sound(): void {
  if (!document.getElementById("soundstate")) return;
  if (sessionStorage.getItem(testedKey) === "yes") void audio().resume().then(paint, paint);
  document.addEventListener("click", (e) => {
    const button = (e.target as Element).closest<HTMLElement>("[data-sound]");
    if (button) void act(button.dataset["sound"] ?? "");
    else if (context?.state === "suspended") void context.resume().then(paint);
  });
  onRenew(ring);
  paint();
  setInterval(paint, 5_000);
}
