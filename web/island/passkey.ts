// Passkeys: asks the browser for one, and hands the answer to the server.

import { text } from "./page";

async function post<T>(url: string, body: unknown): Promise<T> {
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const value = (await answer.json()) as T & { error?: string };
  if (!answer.ok) throw new Error(value.error ?? text("keyFailed"));
  return value;
}

interface Begun { options: { publicKey: PublicKeyCredentialRequestOptionsJSON & PublicKeyCredentialCreationOptionsJSON } }

async function signIn(): Promise<void> {
  const begun = await post<Begun>("/passkey/sign-in/begin", {});
  const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(begun.options.publicKey) });
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const done = await post<{ location: string }>("/passkey/sign-in/finish", { credential: (credential as PublicKeyCredential).toJSON(), next });
  location.assign(done.location);
}

async function register(): Promise<void> {
  const name = (document.getElementById("pk") as HTMLInputElement | null)?.value ?? "";
  const begun = await post<Begun>("/account/passkeys/begin", {});
  const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(begun.options.publicKey) });
  await post<unknown>("/account/passkeys/finish", { name, credential: (credential as PublicKeyCredential).toJSON() });
  location.reload();
}

document.addEventListener("click", (e) => {
  const button = (e.target as Element).closest<HTMLElement>("[data-passkey]");
  if (!button) return;
  const problem = document.getElementById("passkey-problem");
  if (problem) problem.hidden = true;
  (button.dataset["passkey"] === "register" ? register() : signIn()).catch((err: unknown) => {
    if (!problem) return;
    problem.hidden = false;
    problem.textContent = err instanceof Error && err.name === "Error" ? err.message : text("keyFailed");
  });
});
