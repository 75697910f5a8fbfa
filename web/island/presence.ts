// Says every 20 seconds that whoever watches a remote session is there still.
// What is not said for a minute is over, so nothing is said from a page that
// nobody sees.

const form = document.querySelector<HTMLFormElement>("form[data-prove]");
const lost = document.getElementById("presence-lost");

async function prove(url: string): Promise<void> {
  if (document.visibilityState === "hidden") return;
  try {
    const answer = await fetch(url, { method: "POST", headers: { Accept: "application/json" }, credentials: "same-origin", signal: AbortSignal.timeout(8000) });
    if (lost) lost.hidden = answer.ok;
    if (answer.status === 409) location.reload();
  } catch {
    if (lost) lost.hidden = false;
  }
}

if (form) {
  const say = (): void => void prove(form.action);
  say();
  setInterval(say, 20_000);
  document.addEventListener("visibilitychange", say);
}

export {};
