// Drives Chromium for the Go test: one JSON object a line on standard input,
// one answer a line on standard output, in order. Pages have names; pages that
// name the same browser share its cookies.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Tab is pressed here faster than a scroll that glides would follow.
  "--disable-smooth-scrolling",
];

const browsers = new Map();
const pages = new Map();

async function open({ page: name, browser = name, device = "desk" }) {
  if (!browsers.has(browser)) {
    const running = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args: flags });
    const phone = device === "phone";
    // a desk's window at 200 % has half as many of the page's pixels
    const sizes = { phone: { width: 390, height: 844 }, zoomed: { width: 720, height: 450 } };
    const context = await running.newContext({
      viewport: sizes[device] ?? { width: 1440, height: 900 },
      javaScriptEnabled: device !== "plain",
      hasTouch: phone,
      isMobile: phone,
      locale: "en-GB",
      timezoneId: "Europe/Helsinki",
    });
    context.setDefaultTimeout(15_000);
    browsers.set(browser, { running, context });
  }
  const page = await browsers.get(browser).context.newPage();
  const seen = { page, complaints: [], loads: 0 };
  page.on("console", (m) => m.type() === "error" && seen.complaints.push(m.text()));
  page.on("pageerror", (e) => seen.complaints.push(String(e)));
  page.on("load", () => seen.loads++);
  pages.set(name, seen);
}

const mostStops = 200;

// stop judges, in the page, the thing that has the focus: it stands in the
// window, nothing covers it, and a line around it says that it is the one.
function stop() {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return { outside: true };
  const what = e.outerHTML.slice(0, 160);
  const lined = (x) => { const s = x && getComputedStyle(x); return s && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; };
  if (![e, e.nextElementSibling, e.parentElement].some(lined)) return { wrong: `nothing shows the focus on ${what}` };
  const box = e.getBoundingClientRect();
  const [left, right, top, bottom] = [Math.max(box.left, 0), Math.min(box.right, innerWidth), Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  if (right - left < 1 || bottom - top < 1) return { wrong: `the focus is outside the window on ${what}` };
  const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  if (over && !e.contains(over) && !over.contains(e) && !over.closest("label")?.contains(e)) return { wrong: `${over.outerHTML.slice(0, 80)} covers ${what}` };
  return {};
}

// judge gives the page the time that it takes to scroll to what has the focus.
async function judge(page) {
  for (let tries = 0; ; tries++) {
    const found = await page.evaluate(stop);
    if (!found.wrong || tries === 100) return found;
    await page.waitForTimeout(50);
  }
}

// What a page can be asked to do. Selectors are Playwright's.
const acts = {
  goto: async ({ page }, { url }) => (await page.goto(url))?.status() ?? 0,
  click: ({ page }, { at }) => page.locator(at).first().click(),
  fill: ({ page }, { at, value }) => page.locator(at).first().fill(value),
  choose: ({ page }, { at, value }) => page.locator(at).first().selectOption(value),
  upload: ({ page }, { at, value }) => page.locator(at).first().setInputFiles(value),
  press: ({ page }, { value }) => page.keyboard.press(value),
  type: ({ page }, { value }) => page.keyboard.type(value),
  // Hold a key down, repeating as keyboards do, and let it go.
  holdkey: async ({ page }, { value, ms }) => {
    await page.keyboard.down(value);
    for (const until = Date.now() + ms; Date.now() < until; ) {
      await page.waitForTimeout(40);
      await page.keyboard.down(value);
    }
    await page.keyboard.up(value);
  },
  // Go with Tab to the first thing that the selector finds, looking on the way
  // whether somebody without a mouse would know where they are.
  reach: async ({ page }, { at }) => {
    const wanted = await page.locator(at).first().elementHandle();
    for (let steps = 1; steps <= mostStops; steps++) {
      await page.keyboard.press("Tab");
      const { wrong } = await judge(page);
      if (wrong) throw new Error(`${steps} steps on: ${wrong}`);
      if (await wanted.evaluate((e) => e === document.activeElement)) return steps;
    }
    throw new Error(`not within ${mostStops} steps`);
  },
  // Go once around the page with Tab and once back: each stop has to be seen,
  // and the way out of the page open at both ends.
  around: async ({ page }) => {
    let stops = 0;
    for (const key of ["Tab", "Shift+Tab"]) {
      await page.evaluate(() => document.activeElement?.blur());
      for (let n = 0; ; n++) {
        if (n > mostStops) throw new Error(`${key} does not lead out of the page within ${mostStops} steps`);
        await page.keyboard.press(key);
        const { wrong, outside } = await judge(page);
        if (wrong) throw new Error(`${key}, step ${n + 1}: ${wrong}`);
        if (outside && n > 0) { stops = n; break; }
      }
    }
    return stops;
  },
  // What has the focus is still to be seen.
  focused: async ({ page }) => {
    const { wrong, outside } = await judge(page);
    if (wrong || outside) throw new Error(wrong ?? "nothing has the focus");
  },
  see: ({ page }, { at }) => page.locator(at).first().waitFor(),
  gone: ({ page }, { at }) => page.locator(at).first().waitFor({ state: "hidden" }),
  count: ({ page }, { at }) => page.locator(at).count(),
  text: ({ page }, { at }) => page.locator(at).first().innerText(),
  attribute: ({ page }, { at, value }) => page.locator(at).first().getAttribute(value),
  evaluate: ({ page }, { value }) => page.evaluate(value),
  html: ({ page }) => page.content(),
  url: ({ page }) => page.url(),
  loads: (seen) => seen.loads,
  complaints: (seen) => seen.complaints.splice(0),
  shot: ({ page }, { value }) => page.screenshot({ path: value, fullPage: true }).then(() => undefined),
  close: ({ page }) => page.close(),
  offline: ({ page }, { value }) => page.context().setOffline(value === "yes"),
  // A security key that says yes to everything.
  authenticator: async ({ page }) => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
  },
  // Whoever is asked says yes to notifications, and the push service is value.
  subscribable: async ({ page }, { value }) => {
    await page.context().grantPermissions(["notifications"]);
    await page.addInitScript((subscription) => {
      PushManager.prototype.subscribe = async () => ({ toJSON: () => subscription });
    }, JSON.parse(value));
  },
  // What the browser does when a push comes in for the page's service worker.
  push: async ({ page }, { value }) => {
    const devtools = await page.context().newCDPSession(page);
    const found = new Promise((resolve) => {
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations.length > 0 && resolve(registrations[0].registrationId));
    });
    await devtools.send("ServiceWorker.enable");
    await devtools.send("ServiceWorker.deliverPushMessage", { origin: new URL(page.url()).origin, registrationId: await found, data: value });
  },
  // Hold a button down with a finger's patience, and let it go. A page that
  // renews itself meanwhile takes the button away; people press again.
  hold: async ({ page }, { at, ms }) => {
    let why;
    for (let tries = 0; tries < 5; tries++) {
      try {
        const target = await page.locator(at).first().elementHandle();
        await target.scrollIntoViewIfNeeded();
        const box = await target.boundingBox();
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.down();
        await page.waitForTimeout(ms);
        await page.mouse.up();
        if (await target.evaluate((e) => e.isConnected)) return;
        why = new Error("the button was replaced while it was held");
      } catch (err) {
        why = err;
        await page.mouse.up();
      }
    }
    throw why;
  },
  // What a careless machine does with a link: run its scripts, send every form.
  sweep: async ({ page }, { url }) => {
    await page.goto(url, { waitUntil: "networkidle" });
    const forms = await page.locator("form").count();
    for (let i = 0; i < forms; i++) {
      for (const send of ["submit", "requestSubmit"]) {
        await page.goto(url, { waitUntil: "networkidle" });
        const gone = page.waitForEvent("framenavigated", { timeout: 3_000 }).catch(() => {});
        await page.evaluate(([n, how]) => document.forms[n]?.[how](), [i, send]);
        await gone;
        await page.waitForLoadState("networkidle");
      }
    }
    return forms;
  },
};

async function answer(line) {
  const ask = JSON.parse(line);
  if (ask.act === "open") {
    return open(ask);
  }
  const seen = pages.get(ask.page);
  if (!seen) {
    throw new Error(`no page is called ${ask.page}`);
  }
  return acts[ask.act](seen, ask);
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = { value: (await answer(line)) ?? null };
  } catch (error) {
    reply = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
for (const { running } of browsers.values()) {
  await running.close();
}
