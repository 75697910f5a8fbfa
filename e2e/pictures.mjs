// Photographs the demonstration for the documents.
// node pictures.mjs FOLDER, then a way in for each of: an administrator and a
// worker, and the same of the organisation that a partner watches over, and an
// operator of the partner.
import { chromium } from "playwright-core";

const [folder, administrator, worker, customer, watched, operator] = process.argv.slice(2);
const running = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const at = (path) => new URL(path, worker).href;

// enter signs somebody in by a link, with the deliberate act it asks for, and
// has the pages speak English.
async function enter(link, width, height) {
  const context = await running.newContext({ viewport: { width, height }, locale: "en-GB", deviceScaleFactor: 1, reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(link);
  await page.locator("form button").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.locator("#memenu summary").click();
  await page.locator("#memenu button[name=language][value=en]").click();
  await page.waitForLoadState();
  return page;
}
const phoneSize = [390, 844], deskSize = [1200, 780];

// begin starts a shift if there is none.
async function begin(phone, activity) {
  await phone.goto(at("/me"));
  if (await phone.locator("form[action='/me/start']").count()) {
    await phone.fill("input[name=activity]", activity);
    await phone.click("form[action='/me/start'] button.btn-huge");
  }
  await phone.locator("#clock").waitFor();
}

async function callForHelp(phone) {
  await phone.locator("#hold").scrollIntoViewIfNeeded();
  const hold = await phone.locator("#hold").boundingBox();
  await phone.mouse.move(hold.x + hold.width / 2, hold.y + hold.height / 2);
  await phone.mouse.down();
  await phone.locator("dialog[open] #help-now").waitFor();
  await phone.mouse.up();
  await phone.locator("dialog[open] #help-now").click();
  await phone.locator("#alarm-note").waitFor();
}

async function picture(page, path, file) {
  if (path) await page.goto(at(path));
  await page.waitForLoadState();
  await page.screenshot({ path: `${folder}/${file}.png` });
}

const phone = await enter(worker, ...phoneSize);
await begin(phone, "Visiting Mrs Whitlock");
await picture(phone, "", "worker");
await phone.selectOption("form[action='/me/away'] select", { index: 1 });
await phone.click("form[action='/me/away'] button");
await phone.locator("#clock >> text=/coverage/i").first().waitFor();
await picture(phone, "", "call/worker");
await phone.goto(at("/me/devices"));
await phone.locator("form[action='/me/devices'] input[name=app]").first().check();
await phone.fill("form[action='/me/devices'] input[name=name]", "Work phone");
await phone.click("form[action='/me/devices'] button");
await phone.locator(".qr").waitFor();
await picture(phone, "", "call/devices");

// The board shows what it is for when somebody needs help.
await begin(phone, "Visiting Mrs Whitlock");
await callForHelp(phone);
const board = await enter(administrator, 1440, 900);
await board.goto(at("/board"));
await board.locator("#alarms .alarm-card").first().waitFor();
await picture(board, "", "board");
await board.locator("#alarms .alarm-card:has-text('Visiting Mrs Whitlock') h3 a").click();
await board.locator("#timeline").waitFor();
await picture(board, "", "alarm");

// What is left of it when it is over.
const desk = await enter(administrator, ...deskSize);
await desk.goto(board.url());
const acknowledge = desk.locator("form[action$='/acknowledge'] button");
if (await acknowledge.count()) await acknowledge.click();
await desk.locator("#resolve input[value=precautionary]").check();
await desk.fill("#resolve textarea", "Slipped on the stairs, nothing broken; a colleague drove her home.");
await desk.click("#resolve button.btn-primary");
await desk.locator("main a[href*='/incidents/']").first().click();
await desk.locator("h1").waitFor();
await picture(desk, "", "call/incidents");
await picture(desk, "/drills", "call/drills");
await desk.goto(at("/procedures/preview"));
await picture(desk, "", "call/procedures");
await desk.goto(at("/rotas"));
await desk.locator("main a[href^='/rotas/']:not([href$='/new'])").first().click();
await desk.locator("table.month").waitFor();
await picture(desk, "", "call/rotas");
await desk.goto(at("/settings/wires/new"));
await desk.selectOption("#f-kind", "dc09");
await desk.fill("#f-name", "Northern Alarm Centre");
await desk.fill("#f-hosts", "192.0.2.10:9999\n192.0.2.11:9999");
await desk.fill("#f-account", "1234");
await picture(desk, "", "call/hand-over");

// Both sides of a monitoring partner.
await picture(await enter(customer, ...deskSize), "/enrolment", "call/partners");
const other = await enter(watched, ...phoneSize);
await begin(other, "Boiler room round");
await callForHelp(other);
const seat = await enter(operator, ...deskSize);
await seat.goto(at("/desk"));
await seat.locator("#cases .alarm-card h3 a, #cases .alarm-card h2 a").first().click();
await seat.locator("#timeline").waitFor();
await picture(seat, "", "call/desk");
await running.close();
