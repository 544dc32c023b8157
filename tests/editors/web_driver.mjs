// Drives the page in a real Chromium: node web_driver.mjs SCENARIO, with LLADA_URL, LLADA_CHROMIUM and LLADA_FILE.
// Prints what it saw as one line of JSON; the Python test judges.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ours = createRequire(new URL("../../editors/web/package.json", import.meta.url));
const { chromium } = ours("playwright-core");
const { LLADA_URL: url, LLADA_CHROMIUM: executablePath, LLADA_FILE: file } = process.env;
const profile = await mkdtemp(join(tmpdir(), "llada-chromium-"));
const seen = { complaints: [], hosts: [] };
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP evil.example 127.0.0.1",
];
const context = await chromium.launchPersistentContext(profile, { executablePath, args, viewport: { width: 1180, height: 560 }, colorScheme: process.env.LLADA_SCHEME ?? "light" });
context.setDefaultTimeout(120_000);
// A test can answer no dialog of the system: the page takes the ways of browsers that have none.
await context.addInitScript(() => {
  delete window.showOpenFilePicker;
  delete window.showSaveFilePicker;
});

async function arrive() {
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => seen.hosts.push(new URL(request.url()).host));
  await page.goto(url);
  await says(page, "#model", "is ready");
  return page;
}

const says = (page, place, words) => page.locator(place).filter({ hasText: words }).waitFor();
const text = (page) => page.locator(".cm-line").evaluateAll((lines) => lines.map((line) => line.textContent).join("\n"));
const until = (page, wanted) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n") === wanted, wanted);
const filling = (page, index) => page.locator("#choices-list li").nth(index).locator("ins").textContent();

let server;
/** Starts the server of LLADA_COMMAND; over when it has said where it is. */
async function serve() {
  const [program, ...rest] = JSON.parse(process.env.LLADA_COMMAND);
  server = spawn(program, rest, { stdio: ["ignore", "ignore", "pipe"] });
  await once(server.stderr, "data");
}

/** What axe finds hard to use without eyes, hands or contrast, in both colour schemes. */
async function barriers(page) {
  const found = [];
  await page.evaluate(await readFile(ours.resolve("axe-core/axe.min.js"), "utf8"));
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await page.evaluate(() => window.axe.run());
    found.push(...violations.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`));
  }
  return found;
}

async function give(page, path) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.locator("#open").click()]);
  await chooser.setFiles(path);
}

async function saved(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Control+s")]);
  return (await readFile(await download.path())).toString("hex");
}

async function open(page) {
  await give(page, file);
  await until(page, await readFile(file, "utf8"));
  await page.locator(".hole").first().waitFor();
}

const scenarios = {
  // A hole filled with the second proposal by keys alone, undone with one key, done again with the pointer, and saved.
  async write() {
    const page = await arrive();
    await open(page);
    seen.before = await text(page);
    await page.keyboard.press("Control+Enter");
    await page.locator("#choices-list li").nth(1).waitFor();
    seen.offered = await page.locator("#choices-list li").count();
    seen.second = await filling(page, 1);
    await page.keyboard.press("ArrowDown");
    await page.locator("#choices-list li").nth(1).and(page.locator("[aria-selected=true]")).waitFor();
    seen.looked = await page.locator(".llada-shown").textContent();
    await page.keyboard.press("Enter");
    await page.locator(".hole").waitFor({ state: "detached" });
    seen.after = await text(page);
    await page.keyboard.press("Control+z");
    await until(page, seen.before);
    seen.undone = await text(page);
    await page.locator(".hole").waitFor();
    await page.locator("#fill").click();
    await page.locator("#choices-list li").first().click();
    await page.locator(".hole").waitFor({ state: "detached" });
    await writeFile(file, Buffer.from(await saved(page), "hex"));
  },

  // Everything else that the page can do, with a server that says what it is told to.
  async features() {
    const page = await arrive();
    await open(page);
    const before = await text(page);
    await page.locator("#count").fill("2");
    await page.locator(".cm-line").first().click({ position: { x: 60, y: 10 } });
    await page.keyboard.press("Control+Home");
    for (let step = 0; step < 5; step++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Control+Space");
    await page.locator("#choices-list li").nth(7).waitFor();
    seen.words = await page.locator("#choices-list li").allTextContents();
    await page.keyboard.press("2");
    await says(page, "#said", "one Undo");
    seen.worded = await text(page);
    await page.locator("#undo").click();
    await until(page, before);
    seen.operations = await page.locator("#operation option").allTextContents();
    await page.locator("#operation").selectOption("paraphrase");
    await page.locator("#strength").selectOption("rewrite");
    await page.locator(".cm-line").nth(1).click();
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+End");
    await page.keyboard.press("Alt+Enter");
    await page.locator("#choices-list li").nth(1).waitFor();
    seen.rewordings = await page.locator("#choices-list li").allTextContents();
    seen.different = await page.locator(".llada-shown").allTextContents();
    seen.barriers = await barriers(page);
    await page.locator("#others").click();
    await page.locator("#choices-list li").filter({ hasText: "paraphrase 0.7 1" }).first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#choices").waitFor({ state: "hidden" });
    await page.locator("#rewrite").click();
    await page.locator("#choices-list li").filter({ hasText: "paraphrase 0.7 0.1" }).waitFor();
    await page.keyboard.press("Delete");
    await page.locator("#choices-list li").filter({ hasText: "paraphrase 0.7 0.1" }).locator(".bin").click();
    await says(page, "#said", "Nothing else was found");
    await page.locator("#rewrite").click();
    await page.locator("#choices-list li").nth(1).waitFor();
    seen.notRefused = await page.locator("#choices-list li").allTextContents();
    await page.keyboard.press("Enter");
    await says(page, "#said", "one Undo");
    const written = await text(page);
    await page.locator(".cm-line").nth(1).click();
    await page.keyboard.press("End");
    for (let step = 0; step < "漢字.".length; step++) await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Alt+k");
    await says(page, "#said", "Pinned: ");
    seen.pinned = await page.locator("#said").textContent();
    await page.keyboard.press("Alt+n");
    await page.waitForFunction((old) => [...document.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n") !== old, written);
    seen.around = await text(page);
    await page.keyboard.press("Control+z");
    await until(page, written);
    await page.keyboard.press("Control+z");
    await until(page, before);
    await page.keyboard.press("ArrowLeft");
    await page.locator("#pin").click();
    await says(page, "#said", "not one that was just written");
    await page.locator("#unload").click();
    await says(page, "#model", "is unloaded");
    await page.locator("#rewrite").click();
    await says(page, "#said", "the model is unloaded");
    await page.locator("#unload").click();
    await says(page, "#model", "is ready");
    await page.keyboard.press("Control+Shift+Enter");
    await page.locator("#choices-list li").nth(1).waitFor();
    await page.locator("#keep").click();
    seen.kept = (await text(page)) === before;
    await page.keyboard.press("Control+End");
    await page.keyboard.type("[?]");
    await page.locator(".hole").nth(1).waitFor();
    const two = await text(page);
    await page.locator("#fill-all").click();
    await page.locator("#choices-list li").nth(1).click();
    await says(page, "#said", "one Undo");
    seen.joint = await text(page);
    await page.keyboard.press("Control+z");
    await until(page, two);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("😀 [?two words: 3 words] and no other");
    await page.keyboard.press("Control+Enter");
    await says(page, "#said", "is not a hole name");
    await page.setViewportSize({ width: 390, height: 740 });
    seen.wide = await page.evaluate(() => document.documentElement.scrollWidth);
  },

  // Stopped by a key while it is being written; then the text is changed meanwhile.
  async stop() {
    const page = await arrive();
    await open(page);
    const before = await text(page);
    await page.keyboard.press("Control+Enter");
    await page.locator(".llada-writing .llada-masked").first().waitFor();
    seen.live = await page.locator(".llada-writing").textContent();
    await page.keyboard.press("Escape");
    await says(page, "#said", "Stopped");
    await until(page, before);
    await says(page, "#model", "is ready");
    await page.keyboard.press("Control+Enter");
    await page.locator(".llada-writing").first().waitFor();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("x");
    await says(page, "#said", "The text has changed meanwhile");
    seen.typed = (await text(page)) === `x${before}`;
    await says(page, "#model", "is ready");
  },

  // Files come back byte for byte, and with an edit in the line ends that they have.
  async files() {
    const page = await arrive();
    seen.files = [];
    for (const path of JSON.parse(process.env.LLADA_FILES)) {
      await give(page, path);
      await says(page, "#said", "is open");
      const same = await saved(page);
      await page.keyboard.press("Control+End");
      await page.keyboard.press("Enter");
      await page.keyboard.type("x");
      const more = await saved(page);
      seen.files.push([same, more]);
    }
    await give(page, process.env.LLADA_BINARY);
    await says(page, "#said", "is not UTF-8");
    seen.kept = (await text(page)).endsWith("x");
    // Where the browser lets pages write files, the opened one is written; a file of the page's own stands for it.
    await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle("own é.txt", { create: true });
      const writing = await handle.createWritable();
      await writing.write("first\r\n");
      await writing.close();
      window.showOpenFilePicker = async () => [handle];
      window.showSaveFilePicker = () => Promise.reject(new Error("nobody has to be asked"));
    });
    await page.keyboard.press("Control+o");
    await says(page, "#said", "own é.txt is open");
    await page.keyboard.type("😀");
    await page.keyboard.press("Control+s");
    await says(page, "#said", "own é.txt is saved");
    seen.own = await page.evaluate(async () => (await (await window.showOpenFilePicker())[0].getFile()).text());
  },

  // The server ends and is started again: the page keeps its text, and goes on.
  async back() {
    await serve();
    const page = await arrive();
    await open(page);
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("x");
    const before = await text(page);
    server.kill("SIGKILL");
    await says(page, "#said", "The server is gone");
    await serve();
    await says(page, "#model", "is ready");
    await page.keyboard.press("Control+Enter");
    await page.locator("#choices-list li").first().click();
    await page.locator(".hole").waitFor({ state: "detached" });
    await page.keyboard.press("Control+z");
    await until(page, before);
  },

  // Who must not get in: without the token, under another name, from a page of another origin that knows the token.
  async strangers() {
    const page = await arrive();
    const { host, port, pathname } = new URL(url);
    const other = await context.newPage();
    seen.wrongToken = (await other.goto(`http://${host}/wrong/`)).status();
    seen.otherName = (await other.goto(`http://evil.example:${port}${pathname}`)).status();
    const stranger = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end("<!doctype html>"));
    await new Promise((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    await other.goto(`http://127.0.0.1:${stranger.address().port}/`);
    const knock = (address) =>
      new Promise((resolve) => {
        const socket = new WebSocket(address);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      });
    seen.otherOrigin = await other.evaluate(knock, `ws://${host}${pathname}socket`);
    seen.embedded = await other.evaluate((source) =>
      new Promise((resolve) => {
        const script = document.createElement("script");
        script.onload = () => resolve("loaded");
        script.onerror = () => resolve("refused");
        script.src = source;
        document.head.append(script);
      }), `${url}page.js`);
    stranger.close();
    await other.goto(url);
    await says(other, "#said", "Another page is open");
    await page.close();
    await says(other, "#model", "is ready");
  },

  async picture() {
    const page = await arrive();
    await page.locator(".hole").first().click();
    await page.keyboard.press("Control+Enter");
    await page.locator("#choices-list li").nth(1).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.screenshot({ path: process.env.LLADA_PICTURE });
  },
};

try {
  await scenarios[process.argv[2]]();
  console.log(JSON.stringify(seen));
} finally {
  server?.kill("SIGKILL");
  await context.close();
  await rm(profile, { recursive: true, force: true });
}
