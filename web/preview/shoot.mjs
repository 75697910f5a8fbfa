// Photographs the rendered pages in Chromium and lets axe look at each.
//
//   MUSTER_PREVIEW=DIR go test ./web -run EveryPage && node web/preview/shoot.mjs DIR [name …]
//
// WIDTHS, THEMES and LANGS (comma separated) choose what is taken; TEXT is the
// size of the text in percent. AXE=no only takes pictures, SHOTS=no takes none.
// Pictures go to DIR/shots. It ends with status 1 when axe finds a violation,
// when a page is wider than its window or cuts words off, when a table does not
// fit on a desk, or when the browser complains about anything.
import { createServer } from "node:http";
import { readFile, readdir, mkdir } from "node:fs/promises";
import { join, extname } from "node:path";
import { chromium } from "playwright-core";
import { AxeBuilder } from "@axe-core/playwright";

const [dir, ...only] = process.argv.slice(2);
const list = (name, fallback) => (process.env[name] ?? fallback).split(",");
const widths = list("WIDTHS", "360,768,1440,2560").map(Number);
const themes = list("THEMES", "light,dark");
const langs = list("LANGS", "en");
const text = process.env.TEXT ?? "100";
const look = process.env.AXE !== "no", take = process.env.SHOTS !== "no";
const heights = { 320: 640, 360: 740, 768: 1024, 1440: 900, 2560: 1440 };
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json" };
const dist = process.env.DIST ?? new URL("../dist/", import.meta.url).pathname;
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  if (path === "/feed") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`event: beat\ndata: ${Date.UTC(2026, 10, 22, 1, 12, 8)}\n\n`);
    return;
  }
  try {
    const file = path.startsWith("/static/") ? join(dist, path.slice(8)) : join(dir, path);
    const body = await readFile(path === "/sw.js" ? join(dist, path) : file);
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "text/plain", "Content-Security-Policy": csp });
    response.end(body);
  } catch {
    response.writeHead(path === "/app.webmanifest" || path === "/sw.js" ? 204 : 404);
    response.end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const shots = join(dir, "shots");
await mkdir(shots, { recursive: true });

// lost finds what a reader of the page in the browser would miss: a page wider
// than its window, and words that are cut off without a sign of it.
function lost() {
  const found = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) {
    const right = (e) => e.getBoundingClientRect().right;
    const far = [...document.body.querySelectorAll("*")].filter((e) => right(e) > innerWidth + 1).sort((a, b) => right(b) - right(a))[0];
    found.push(`${wide} px wider than the window: ${far?.outerHTML.slice(0, 120)}`);
  }
  if (innerWidth >= 1440) for (const e of document.querySelectorAll(".table-wrap")) if (e.scrollWidth > e.clientWidth + 1) found.push(`a table ${e.scrollWidth - e.clientWidth} px wider than its place`);
  for (const e of document.body.querySelectorAll("*")) {
    const style = getComputedStyle(e);
    if (style.overflowX !== "hidden" || style.textOverflow === "ellipsis" || style.position === "absolute" || e.closest(".leaflet-container, .visually-hidden, svg")) continue;
    if (e.scrollWidth > e.clientWidth + 1 && e.textContent.trim()) found.push(`cut off: ${e.outerHTML.slice(0, 120)}`);
  }
  return found;
}

let bad = 0;
const complain = (where, what) => { bad++; console.log(`✗ ${where}: ${what}`); };
let looked = 0;

const names = (await readdir(dir)).filter((f) => f.endsWith(".html")).sort().filter((name) => {
  const [page, lang] = name.split(".");
  return langs.includes(lang) && (!only.length || only.includes(page));
});
for (const width of widths) for (const theme of themes) {
  const context = await browser.newContext({ viewport: { width, height: heights[width] ?? 900 }, colorScheme: theme === "light" ? "light" : "dark", reducedMotion: "reduce", serviceWorkers: "block" });
  const tab = await context.newPage();
  let where = "";
  tab.on("console", (m) => { if (m.type() === "error" && !m.text().includes("404")) complain(where, m.text()); });
  tab.on("pageerror", (e) => complain(where, e.message));
  for (const name of names) {
    const [page, lang] = name.split(".");
    where = `${page}.${lang}.${width}.${theme}${text === "100" ? "" : `.${text}`}`;
    await tab.goto(`${base}/${name}`, { waitUntil: "load" });
    if (theme === "dim") await tab.evaluate(() => { document.documentElement.dataset.theme = "dim"; });
    if (text !== "100") await tab.evaluate((percent) => { document.documentElement.style.setProperty("font-size", `${percent}%`, "important"); }, text);
    await tab.waitForTimeout(page.startsWith("board") || page.startsWith("alarm") || page === "profile-position" ? 500 : 120);
    for (const what of await tab.evaluate(lost)) complain(where, what);
    if (look) {
      const found = await new AxeBuilder({ page: tab }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).exclude(".leaflet-container").analyze();
      for (const v of found.violations) complain(where, `${v.id}: ${v.nodes.length} × ${v.help}: ${v.nodes[0].html.slice(0, 140)} ${v.nodes[0].any?.[0]?.message ?? ""}`);
    }
    if (take) await tab.screenshot({ path: join(shots, `${where}.png`), fullPage: page !== "board-2000" && width < 2000 });
    looked++;
  }
  await context.close();
}
await browser.close();
server.closeAllConnections();
server.close();
console.log(`${looked} pictures, ${bad} complaints`);
process.exitCode = bad ? 1 : 0;
