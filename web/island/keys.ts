// The keyboard: everything that a monitor does at night without the mouse.

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-row]")].filter((el) => el.offsetParent !== null);

let prefix = "";

/** choose moves the mark to a row and lets the map follow. */
export function choose(row: HTMLElement | undefined): void {
  if (!row) return;
  for (const el of document.querySelectorAll(".here[data-row]")) el.classList.remove("here");
  row.classList.add("here");
  if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("muster:chosen", { detail: row }));
}

function move(by: number): void {
  const all = rows();
  const at = all.findIndex((el) => el.classList.contains("here"));
  choose(all[Math.max(0, Math.min(all.length - 1, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))]);
}

/** press uses the chosen row's control for the key, or else the page's first one. */
function press(key: string): boolean {
  const row = document.querySelector(".here[data-row]");
  const control = row?.querySelector<HTMLElement>(`[data-key="${key}"]`) ?? document.querySelector<HTMLElement>(`main [data-key="${key}"]`);
  if (!control) return false;
  // A dangerous key never sends by itself a form that wants words.
  const form = control.closest("form");
  const wanting = form?.querySelector<HTMLElement>("input:required, textarea:required");
  if (wanting) { form?.scrollIntoView({ block: "center" }); wanting.focus(); return true; }
  control.click();
  return true;
}

function onKey(e: KeyboardEvent): void {
  const target = e.target as HTMLElement;
  if (e.ctrlKey || e.metaKey || e.altKey || target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
  const key = e.key;
  if (prefix === "g") {
    prefix = "";
    if (key === "b") location.assign("/board");
    if (key === "r") location.assign("/roster");
    return;
  }
  const dialog = document.getElementById("keys") as HTMLDialogElement | null;
  if (key === "?") dialog?.showModal();
  else if (key === "/") document.getElementById("q")?.focus();
  else if (key === "g") { prefix = "g"; setTimeout(() => { prefix = ""; }, 1500); }
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "Enter" && target.matches("[data-row]") && target.dataset["href"]) location.assign(target.dataset["href"]);
  else if (key === "a" || key === "r" || key === "c") { if (!press(key)) return; }
  else return;
  e.preventDefault();
}

/** shut closes menus; a focus that was inside goes back to what opened them. */
function shut(menus: Iterable<Element>): void {
  for (const menu of menus) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    menu.removeAttribute("open");
  }
}

export function keys(): void {
  window.addEventListener("keydown", onKey);
  document.addEventListener("click", (e) => {
    const el = e.target as Element;
    if (el.closest("[data-keys]")) (document.getElementById("keys") as HTMLDialogElement | null)?.showModal();
    if (el.closest("[data-print]")) print();
    if (el.closest("[data-reload]")) location.reload();
    const row = el.closest<HTMLElement>("tr[data-row], article[data-row]");
    if (row && !el.closest("a, button, input, select, form")) choose(row);
    shut([...document.querySelectorAll("details.menu[open]")].filter((menu) => !menu.contains(el)));
  });
  window.addEventListener("keydown", (e) => { if (e.key === "Escape") shut(document.querySelectorAll("details.menu[open]")); });
  document.addEventListener("focusin", (e) => { shut([...document.querySelectorAll("details.menu[open]")].filter((menu) => !menu.contains(e.target as Node))); });
  document.addEventListener("change", (e) => {
    const field = e.target as HTMLElement;
    if (field.matches("[data-submit]")) field.closest("form")?.requestSubmit();
  });
  document.getElementById("errors")?.focus();
}
