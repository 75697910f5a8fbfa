// What has the focus stays in sight when the page grows: whoever has no mouse
// would otherwise lose their place to news that come in above it.

import { onRenew } from "./page";

let kept = false;

function inWindow(): boolean {
  const focused = document.activeElement;
  if (!focused) return false;
  const box = focused.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
}

function hold(): void {
  if (kept && !inWindow()) document.activeElement?.scrollIntoView({ block: "nearest" });
}

/** keepInSight begins; a person who scrolls away from what has the focus is let go. */
export function keepInSight(): void {
  addEventListener("focusin", () => { kept = true; });
  addEventListener("scroll", () => { kept = inWindow(); }, { passive: true });
  new ResizeObserver(hold).observe(document.body);
  onRenew(hold);
}
