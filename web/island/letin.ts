// The button with which an administrator's own browser checks that the book
// contains what the page says. The server is asked for proofs and for nothing
// else: the key is the one on the page, and once it was seen here it is
// remembered, so that another one is noticed.

import { check, readKey, type Checked, type Proven } from "./proof";
import { text } from "./page";

/** What this browser remembers of a book. */
interface Seen { key: string; size: number; root: string }

const remembered = (name: string): Seen | null => JSON.parse(localStorage.getItem(`muster-book:${name}`) ?? "null") as Seen | null;

/** agrees holds a proven entry to what its row says: the time, and each name and address. */
function agrees(row: HTMLElement, entry: Checked): boolean {
  if (String(entry.at) !== row.dataset["at"] || entry.kind !== row.dataset["kind"]) return false;
  return [...row.querySelectorAll<HTMLElement>("[data-said]")].every((el) => {
    const proven = entry.personal[el.dataset["said"] ?? ""];
    return proven !== undefined && el.textContent?.trim() === proven;
  });
}

function mark(row: HTMLElement, good: boolean): void {
  const at = row.querySelector<HTMLElement>("[data-mark]");
  if (!at) return;
  at.dataset["mark"] = good ? "good" : "bad";
  at.textContent = text(good ? "proven" : "unproven");
}

async function ask(address: string, seqs: string[]): Promise<Proven[]> {
  const answer = await fetch(address, {
    method: "POST", body: JSON.stringify({ entries: seqs.map(Number) }), credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
  });
  const said = (await answer.json()) as { proofs?: Proven[]; error?: string };
  if (!answer.ok || !said.proofs) throw new Error(said.error ?? text("proofNone"));
  return said.proofs;
}

/** prove checks every row of the page, and returns the sentence that says what came of it. */
async function prove(panel: HTMLElement): Promise<{ good: boolean; words: string }> {
  const key = panel.dataset["key"] ?? "";
  let known;
  try {
    known = await readKey(key);
  } catch {
    return { good: false, words: text("proofUnable") };
  }
  const before = remembered(known.name);
  if (before && before.key !== key) return { good: false, words: text("proofKey") };
  const rows = [...document.querySelectorAll<HTMLElement>("[data-entry]")];
  const proofs = await ask(panel.dataset["prove"] ?? "", rows.map((r) => r.dataset["entry"] ?? ""));
  let bad = 0;
  let newest: Checked | undefined;
  for (const [i, row] of rows.entries()) {
    const one = proofs[i];
    let good = false;
    try {
      const entry = one && (await check(one, known));
      good = entry !== undefined && String(entry.seq) === row.dataset["entry"] && agrees(row, entry);
      if (good) newest = entry;
    } catch {
      good = false;
    }
    if (!good) bad++;
    mark(row, good);
  }
  if (bad > 0 || !newest) return { good: false, words: text("proofBad", { n: bad }) };
  // A book only grows: one that is shorter than this browser has seen it, or
  // another one of the same length, was made anew.
  if (before && (newest.size < before.size || (newest.size === before.size && newest.root !== before.root))) {
    return { good: false, words: text("proofShorter", { n: before.size }) };
  }
  localStorage.setItem(`muster-book:${known.name}`, JSON.stringify({ key, size: newest.size, root: newest.root } satisfies Seen));
  return { good: true, words: text("proofGood", { n: rows.length }) };
}

document.addEventListener("click", (e) => {
  const button = (e.target as Element).closest<HTMLButtonElement>("[data-prove] button");
  const panel = button?.closest<HTMLElement>("[data-prove]");
  const out = panel?.querySelector<HTMLElement>("output");
  if (!button || !panel || !out) return;
  button.disabled = true;
  const tell = (good: boolean, words: string): void => {
    out.dataset["mark"] = good ? "good" : "bad";
    out.textContent = words;
    button.disabled = false;
  };
  prove(panel).then(({ good, words }) => tell(good, words), (err: unknown) => tell(false, err instanceof Error && err.name === "Error" ? err.message : text("proofNone")));
});
