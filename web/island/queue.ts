// Signs of life and calls for help that could not be sent yet. They are kept
// on the device with the device's own time, and sent oldest help first.

import { openDB, type DBSchema, type IDBPDatabase } from "idb";

/** One act that waits. Its id makes sending it twice harmless. */
export interface Waiting { id: string; kind: "check-in" | "help"; url: string; fields: [string, string][]; at: number }

interface Schema extends DBSchema { waiting: { key: string; value: Waiting } }

let db: Promise<IDBPDatabase<Schema>> | undefined;

const open = (): Promise<IDBPDatabase<Schema>> => (db ??= openDB<Schema>("muster", 1, {
  upgrade(fresh) { fresh.createObjectStore("waiting", { keyPath: "id" }); },
}));

export async function keep(w: Waiting): Promise<void> {
  await (await open()).put("waiting", w);
}

export async function drop(id: string): Promise<void> {
  await (await open()).delete("waiting", id);
}

export async function all(): Promise<Waiting[]> {
  const list = await (await open()).getAll("waiting");
  return list.sort((a, b) => (a.kind === b.kind ? a.at - b.at : a.kind === "help" ? -1 : 1));
}

/** How long one send may take; a connection that hangs must not hold up help. */
const patience = 8000;

/**
 * send tries one act. "sent": the server has it. "refused": the server said no
 * and would say so again. "later": nobody answered, so it stays in the queue.
 */
export async function send(w: Waiting): Promise<"sent" | "refused" | "later"> {
  const body = new URLSearchParams(w.fields);
  body.set("client_id", w.id);
  body.set("client_time", String(w.at));
  try {
    const answer = await fetch(w.url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", credentials: "same-origin", signal: AbortSignal.timeout(patience) });
    if (answer.ok) return "sent";
    return answer.status >= 400 && answer.status < 500 && answer.status !== 401 && answer.status !== 408 && answer.status !== 429 ? "refused" : "later";
  } catch {
    return "later";
  }
}
