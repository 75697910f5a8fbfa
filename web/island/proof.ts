// Checks in the browser, without believing the server, that the book contains
// what a page shows: the entry's hash leads to the root of the log (RFC 6962),
// the root is signed (Ed25519, C2SP signed-note), and the names and addresses
// on the page are those that the entry commits to (HMAC-SHA-256).

/** Proven is one entry with its proof, as the server gives it. */
export interface Proven { leaf: string; values: string; proof: string }

/** Checked is what an entry was found to say. */
export interface Checked { seq: number; at: number; kind: string; personal: Record<string, string>; size: number; root: string }

const utf8 = new TextEncoder();

type Bytes = Uint8Array<ArrayBuffer>;

const decode = (text: string): Bytes => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const encode = (bytes: Bytes): string => btoa(String.fromCharCode(...bytes));
const same = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

function joined(...parts: Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

const sha256 = async (...parts: Bytes[]): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
const node = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(Uint8Array.of(1), left, right);

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Key is a book's public key and the name that it signs under. */
export interface Key { name: string; hash: Bytes; public: CryptoKey }

/** readKey reads a verifier key, "name+hash+base64". A browser without Ed25519 throws NotSupportedError. */
export async function readKey(text: string): Promise<Key> {
  const [name = "", hash = "", ...rest] = text.split("+");
  const raw = decode(rest.join("+"));
  must(name !== "" && raw.length === 33 && raw[0] === 1, "key");
  const own = (await sha256(utf8.encode(name + "\n"), raw)).slice(0, 4);
  must([...own].map((b) => b.toString(16).padStart(2, "0")).join("") === hash, "key");
  return { name, hash: own, public: await crypto.subtle.importKey("raw", raw.slice(1), { name: "Ed25519" }, false, ["verify"]) };
}

/** openCheckpoint checks the log's own signature; those of witnesses may stand beside it. */
async function openCheckpoint(signed: string, key: Key): Promise<{ size: number; root: Bytes }> {
  const cut = signed.lastIndexOf("\n\n");
  must(cut >= 0 && signed.endsWith("\n"), "checkpoint");
  const text = signed.slice(0, cut + 1);
  let good = false;
  for (const line of signed.slice(cut + 2, -1).split("\n")) {
    const [dash, name, sig = ""] = line.split(" ");
    must(dash === "—", "checkpoint");
    if (name !== key.name) continue;
    const raw = decode(sig);
    if (raw.length !== 68 || !same(raw.slice(0, 4), key.hash)) continue;
    must(await crypto.subtle.verify({ name: "Ed25519" }, key.public, raw.slice(4), utf8.encode(text)), "signature");
    good = true;
  }
  must(good, "signature");
  const [origin, size = "", root = "", ...rest] = text.slice(0, -1).split("\n");
  must(origin === key.name && rest.length === 0 && /^(0|[1-9]\d{0,14})$/.test(size), "checkpoint");
  const bytes = decode(root);
  must(bytes.length === 32, "checkpoint");
  return { size: Number(size), root: bytes };
}

/** rootFrom follows the path from a leaf to the root (RFC 9162, section 2.1.3.2). */
async function rootFrom(leaf: Bytes, index: number, size: number, path: Bytes[]): Promise<Bytes> {
  must(index < size, "path");
  let [at, last, hash] = [index, size - 1, leaf];
  for (const beside of path) {
    must(last > 0, "path");
    if (at % 2 === 1 || at === last) {
      hash = await node(beside, hash);
      while (at % 2 === 0 && at !== 0) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
    } else {
      hash = await node(hash, beside);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  must(last === 0, "path");
  return hash;
}

interface Leaf { seq: number; at: number; kind: string; personal: Record<string, string> }

/** opened holds each value to the entry's commitment; what was erased is left out. */
async function opened(leaf: Leaf, values: Record<string, [string, string] | null>): Promise<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const [field, commitment] of Object.entries(leaf.personal)) {
    const value = values[field];
    if (!value) continue;
    const key = await crypto.subtle.importKey("raw", decode(value[0]), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(value[1])));
    must(encode(mac).replace(/=+$/, "") === commitment, "value");
    out[field] = value[1];
  }
  return out;
}

/** check proves one entry, or throws what does not hold. */
export async function check(one: Proven, key: Key): Promise<Checked> {
  const header = "c2sp.org/tlog-proof@v1\nindex ";
  must(one.proof.startsWith(header), "proof");
  const cut = one.proof.indexOf("\n\n");
  must(cut > 0, "proof");
  const [index = "", ...path] = one.proof.slice(header.length, cut).split("\n");
  must(/^(0|[1-9]\d{0,14})$/.test(index), "proof");
  const { size, root } = await openCheckpoint(one.proof.slice(cut + 2), key);
  const hash = await sha256(Uint8Array.of(0), utf8.encode(one.leaf));
  must(same(await rootFrom(hash, Number(index), size, path.map(decode)), root), "path");
  const leaf = JSON.parse(one.leaf) as Leaf;
  must(leaf.seq === Number(index), "place");
  const personal = await opened(leaf, JSON.parse(one.values) as Record<string, [string, string] | null>);
  return { seq: leaf.seq, at: leaf.at, kind: leaf.kind, personal, size, root: encode(root) };
}
