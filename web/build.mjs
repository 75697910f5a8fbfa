// Builds everything that browsers get into dist/: styles, islands, icons and
// the basemap, each named by a digest of its content and with a compressed
// copy beside it, and assets.json, by which the Go side finds them.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const here = new URL("./", import.meta.url);
const dist = new URL("dist/", here);
const assets = {};

const read = (path) => readFile(new URL(path, here));

/** Writes one file and its compressed copy. */
async function emit(name, data) {
  const bytes = Buffer.from(data);
  await writeFile(new URL(name, dist), bytes);
  await writeFile(new URL(name + ".gz", dist), gzipSync(bytes, { level: 9 }));
}

/** Writes one file under a name that changes with its content. */
async function emitHashed(logical, data) {
  const digest = createHash("sha256").update(data).digest("hex").slice(0, 10);
  const dot = logical.lastIndexOf(".");
  const name = `${logical.slice(0, dot)}-${digest}${logical.slice(dot)}`;
  await emit(name, data);
  assets[logical] = name;
}

/** Empties dist/ but for the placeholder that git tracks. */
async function clean() {
  await mkdir(dist, { recursive: true });
  for (const name of await readdir(dist)) {
    if (name !== ".keep") await rm(new URL(name, dist), { recursive: true });
  }
}

/** Only the icons that icons.json names, as one sprite. */
async function icons() {
  const nodes = JSON.parse(await read("node_modules/@tabler/icons/tabler-nodes-outline.json"));
  const wanted = JSON.parse(await read("icons.json"));
  const symbols = wanted.map((name) => {
    const parts = nodes[name];
    if (!parts) throw new Error(`icons.json: no icon is called ${name}`);
    const inner = parts
      .map(([tag, attributes]) => `<${tag} ${Object.entries(attributes).map(([k, v]) => `${k}="${v}"`).join(" ")}/>`)
      .join("");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  });
  await emitHashed("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
  await emitHashed("mark.svg", await read("style/mark.svg"));
}

/** The part of the framework's style sheet that our pages use. */
async function purgedTabler() {
  const [result] = await new PurgeCSS().purge({
    content: ["template/*.html", "island/*.ts", "*.go"].map((glob) => new URL(glob, here).pathname),
    css: [{ raw: String(await read("node_modules/@tabler/core/dist/css/tabler.min.css")) }],
    variables: true,
    keyframes: true,
    fontFace: true,
  });
  return result.css;
}

async function styles() {
  const tabler = await purgedTabler();
  const only = {
    name: "purged-tabler",
    setup(build) {
      build.onResolve({ filter: /^tabler$/ }, () => ({ path: "tabler", namespace: "purged" }));
      build.onLoad({ filter: /.*/, namespace: "purged" }, () => ({ contents: tabler, loader: "css" }));
    },
  };
  for (const name of ["console", "public"]) {
    const out = await esbuild.build({
      entryPoints: [new URL(`style/${name}.css`, here).pathname],
      bundle: true,
      minify: true,
      write: false,
      plugins: [only],
      loader: { ".png": "dataurl" },
      target: name === "public" ? ["safari12", "chrome60"] : ["safari16", "chrome111", "firefox113"],
    });
    await emitHashed(`${name}.css`, out.outputFiles[0].text);
  }
}

async function islands() {
  for (const name of ["console", "map", "worker", "passkey", "letin", "over", "presence"]) {
    const out = await esbuild.build({
      entryPoints: [new URL(`island/${name}.ts`, here).pathname],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2022",
      legalComments: "none",
    });
    await emitHashed(`${name}.js`, out.outputFiles[0].text);
  }
}

/** The service worker keeps its address, so that a new one replaces the old. */
async function serviceWorker() {
  const keep = ["console.css", "worker.js", "console.js", "icons.svg", "mark.svg"].map((name) => `/static/${assets[name]}`);
  const out = await esbuild.build({
    entryPoints: [new URL("island/sw.ts", here).pathname],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    define: { KEEP: JSON.stringify(keep) },
  });
  await emit("sw.js", out.outputFiles[0].text);
}

await clean();
await icons();
await emitHashed("countries.json", await read("node_modules/world-atlas/countries-50m.json"));
await styles();
await islands();
await serviceWorker();
await writeFile(new URL("assets.json", dist), JSON.stringify(assets, null, 2) + "\n");
for (const [logical, name] of Object.entries(assets)) console.log(logical.padEnd(16), name);
