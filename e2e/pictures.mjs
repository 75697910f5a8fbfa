// Photographs the demonstration for the documents.
// node pictures.mjs FOLDER BOARD-LINK WORKER-LINK
import { chromium } from "playwright-core";

const [folder, monitor, worker] = process.argv.slice(2);
const running = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// enter signs somebody in by a link, with the deliberate act it asks for.
async function enter(link, width, height) {
  const context = await running.newContext({ viewport: { width, height }, locale: "en-GB", deviceScaleFactor: 1 });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(link);
  await page.locator("form button").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

const phone = await enter(worker, 390, 844);
await phone.goto(new URL("/me", worker).href);
if (await phone.locator("form[action='/me/start']").count()) {
  await phone.fill("input[name=activity]", "Visiting Mrs Whitlock");
  await phone.click("form[action='/me/start'] button.btn-huge");
}
await phone.locator("#clock").waitFor();
await phone.screenshot({ path: `${folder}/worker.png` });

// The board shows what it is for when somebody needs help.
const hold = await phone.locator("#hold").boundingBox();
await phone.mouse.move(hold.x + hold.width / 2, hold.y + hold.height / 2);
await phone.mouse.down();
await phone.locator("dialog[open] #help-now").waitFor();
await phone.mouse.up();
await phone.locator("dialog[open] #help-now").click();
await phone.locator("#alarm-note").waitFor();

const board = await enter(monitor, 1440, 900);
await board.goto(new URL("/board", monitor).href);
await board.locator("#alarms .alarm-card").first().waitFor();
await board.screenshot({ path: `${folder}/board.png` });
await board.locator("#alarms .alarm-card h3 a").first().click();
await board.locator("#timeline").waitFor();
await board.screenshot({ path: `${folder}/alarm.png` });
await running.close();
