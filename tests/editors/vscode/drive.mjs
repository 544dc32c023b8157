// What a writer does in VS Code, step by step; prints one line for each that went as it should.

import assert from "node:assert/strict";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { Workbench } from "./workbench.mjs";

const { VSCODE_HOME: home, VSCODE_SERVER: codeServer, VSCODE_BROWSER: chromium, VSCODE_MODULES: modules } = process.env;
const { VSCODE_EXTENSION: vsix, VSCODE_PICTURES: pictures } = process.env;
const LETTER = "letter.md";
const SETTINGS = { "lladaEdit.inlineBudget": 60000, "lladaEdit.inlineWhileTyping": false };
const DECORATED = ".view-line [class*=TextEditorDecorationType]";
const CHOOSE = "Choose a text";
/** What all keys of the extension begin with. */
const CHORD = "Control+Alt+J";

const texts = (rows) => rows.filter(({ label }) => label && !label.endsWith("…"));

const workbench = await Workbench.start({ home, codeServer, chromium, modules, vsix, settings: SETTINGS });
const { page } = workbench;
const original = workbench.read(LETTER);
const lines = original.split("\n");
/** A key of the extension, as soon as the text has the keyboard: elsewhere it means nothing. */
const chord = async (key) => {
  await workbench.editor();
  await workbench.press(CHORD, key);
};
/** The cursor before a text, or after it. */
const before = (text) => at(text, 0);
const after = (text) => at(text, text.length);
const at = (text, shift) => {
  const line = lines.findIndex((one) => one.includes(text));
  return workbench.go(line + 1, lines[line].indexOf(text) + shift + 1);
};
const paraphrases = async () => {
  await before("big house");
  await workbench.command("llada-edit: Paraphrase…");
  return workbench.offered(CHOOSE);
};
/** A hole filled with the first text that is offered; what stands there now. */
const filled = async () => {
  await before("the committee");
  await chord("h");
  const [row] = await workbench.offered(CHOOSE);
  await workbench.press("Enter");
  await workbench.changed(LETTER);
  return row.label;
};
const sentence = lines.find((line) => line.includes("big house"));

const steps = {
  async "the server is ready"() {
    await workbench.open(LETTER);
    await workbench.status("ready");
  },

  async "a hole was filled, and undone in one step"() {
    await before("the committee");
    await chord("h");
    const rows = texts(await workbench.offered(CHOOSE));
    // As many as the project's llada-edit.toml asks for: what the editor would fill in does not win over it.
    assert.equal(rows.length, 4);
    await workbench.press("Enter");
    assert.equal(await workbench.changed(LETTER), original.replace("[?]", () => rows[0].label));
    assert.equal(await workbench.undone(LETTER), original);
  },

  async "what was written was brought back by a command"() {
    await workbench.command("llada-edit: Fill Hole…");
    await workbench.offered(CHOOSE);
    await workbench.press("Enter");
    assert.notEqual(await workbench.changed(LETTER), original);
    await workbench.command("llada-edit: Revert What Was Just Written");
    assert.equal(await workbench.changed(LETTER), original);
  },

  async "another text was written, and kept"() {
    await before("the committee");
    await chord("h");
    await workbench.offered(CHOOSE);
    await workbench.press("Enter");
    const first = await workbench.changed(LETTER);
    await chord("n");
    const second = await workbench.changed(LETTER);
    assert.ok(![original, first].includes(second) && second.endsWith(original.slice(original.indexOf("[?]") + 3)), second);
    for (const key of ["=", "-"]) {
      await chord(key);
      await workbench.notified("no more or less of this");
    }
    await chord("y");
    await page.locator(".codelens-decoration", { hasText: "Accept" }).waitFor({ state: "hidden" });
    await chord("n");
    await workbench.notified("not one that was just written");
    assert.equal(await workbench.undone(LETTER), first);
    assert.equal(await workbench.undone(LETTER), original);
  },

  async "words were pinned, and let go again"() {
    const first = await filled();
    await before("[?] the proposal");
    await workbench.select(first.length);
    await chord("k");
    await workbench.until(() => workbench.shows(`pinned “${first}”`), "what is pinned");
    await chord("n");
    await workbench.notified("everything is pinned");
    await workbench.unchanged();
    await workbench.press("ArrowLeft"); // without a selection all are let go
    await chord("Shift+K");
    await workbench.until(() => workbench.shows("nothing is pinned"), "that nothing is pinned");
    await chord("n");
    assert.notEqual(await workbench.changed(LETTER), original.replace("[?]", () => first));
    await workbench.undone(LETTER);
    assert.equal(await workbench.undone(LETTER), original);
  },

  async "a text that was refused was not offered again"() {
    const offered = async () => {
      await before("the committee");
      await chord("h");
      return texts(await workbench.offered(CHOOSE)).map(({ label }) => label);
    };
    const [refused, next] = await offered();
    await workbench.press(CHORD, "d");
    await workbench.until(async () => (await workbench.rows())[0]?.label === next, "the list without it");
    await workbench.press("Escape");
    await workbench.editor();
    const again = await offered();
    assert.ok(again.length && !again.includes(refused), JSON.stringify(again));
    await workbench.press("Escape");
    await workbench.editor();
    await workbench.unchanged();
  },

  async "the model was sent away, and came back"() {
    await workbench.command("llada-edit: Unload Model (Free Its Memory)");
    await workbench.status("off, the model is unloaded");
    await chord("h");
    await workbench.notified("the model is unloaded");
    await workbench.command("llada-edit: Server…");
    await workbench.pick("Load Model");
    await workbench.status("ready");
  },

  async "all holes were filled, and undone in one step"() {
    await workbench.command("llada-edit: Fill All Holes…");
    const [row] = await workbench.offered(CHOOSE);
    await workbench.press("Enter");
    const [first, second] = row.label.split(" … ");
    const filled = original.replace("[?]", () => first).replace("[?]", () => second);
    assert.equal(await workbench.changed(LETTER), filled);
    assert.equal(await workbench.undone(LETTER), original);
  },

  async "a code action has let the writer choose"() {
    await before("[?], and you");
    await workbench.press("Control+.");
    await page.locator('.action-widget .monaco-list-row:has-text("Choose a filling")').click();
    await workbench.offered(CHOOSE);
    await workbench.press("Escape");
    await workbench.editor();
    await workbench.unchanged();
  },

  async "an operation was picked, and shown beside the text"() {
    await before("big house");
    await workbench.command("llada-edit: Rewrite…");
    const operations = (await workbench.offered("How?")).map(({ label }) => label);
    assert.ok(["Paraphrase", "Shorten"].every((title) => operations.includes(title)), operations);
    await workbench.pick("Another wording");
    await workbench.offered(CHOOSE);
    await workbench.press("Escape");
    await workbench.command("llada-edit: Rewrite with a Preview beside the Text…");
    await workbench.offered("How?");
    await workbench.pick("Paraphrase");
    await page.locator('.view-line:has-text("1/4")').waitFor();
    await workbench.command("View: Close Editors in Other Groups");
    await workbench.unchanged();
  },

  async "the second paraphrase was chosen, and undone in one step"() {
    await before("big house");
    await chord("p");
    const rows = await workbench.offered(CHOOSE);
    await workbench.press("ArrowDown");
    await workbench.until(async () => (await workbench.rows())[1].focused, "the second text");
    await page.locator(DECORATED).first().waitFor();
    if (pictures) await workbench.picture(pictures, "vscode");
    await workbench.press("Enter");
    assert.equal(await workbench.changed(LETTER), original.replace(sentence, () => rows[1].label));
    assert.equal(await workbench.undone(LETTER), original);
  },

  async "words that were to be kept have stayed"() {
    const rows = texts(await paraphrases());
    assert.ok(rows.some(({ label }) => !label.includes("big house")), "otherwise this would show nothing");
    await workbench.press("Escape");
    await before("big house");
    await workbench.select("big house".length);
    await workbench.press("Control+.");
    await page.locator('.action-widget .monaco-list-row:has-text("Keep “big house” in rewritings")').click();
    await workbench.editor();
    const kept = texts(await paraphrases());
    assert.ok(kept.length && kept.every(({ label }) => label.includes("big house")), JSON.stringify(kept));
    await workbench.press("Escape");
    await workbench.editor();
    await workbench.unchanged();
  },

  async "another word was chosen, and undone in one step"() {
    await before("difficult");
    await chord("w");
    const rows = await workbench.offered("Choose a word");
    assert.match(rows[0].description, /^[\d.e-]+ %$/);
    if (pictures) await workbench.picture(pictures, "vscode-words");
    await workbench.press("Escape");
    await workbench.editor();
    await workbench.unchanged();
    await chord("w");
    await workbench.offered("Choose a word");
    await workbench.press("ArrowDown", "Enter");
    assert.equal(await workbench.changed(LETTER), original.replace("difficult", () => rows[1].label));
    assert.equal(await workbench.undone(LETTER), original);
  },

  async "ghost text was taken, and undone in one step"() {
    await after("The library ");
    await workbench.command("Trigger Inline Suggestion");
    await page.locator(".monaco-editor .ghost-text-decoration, .monaco-editor .ghost-text").first().waitFor();
    await workbench.press("Tab");
    await workbench.changed(LETTER);
    assert.equal(await workbench.undone(LETTER), original);
  },

  async "a rewriting was stopped, and nothing was changed"() {
    await workbench.open("long.md");
    await workbench.press("Control+A");
    await workbench.command("llada-edit: Paraphrase…");
    await page.locator('.quick-input-widget .monaco-list-row:has-text("writing…")').waitFor();
    await page.locator(DECORATED).first().waitFor();
    await workbench.press("Escape");
    await workbench.editor();
    await workbench.until(async () => !(await page.locator(DECORATED).count()), "the text as it was");
    await workbench.status("ready");
    await workbench.unchanged();
  },

  async "the server was started again"() {
    await workbench.open(LETTER);
    await workbench.command("llada-edit: Restart Server");
    await workbench.status("loading");
    await workbench.status("ready");
    await before("the committee");
    await chord("h");
    await workbench.offered(CHOOSE);
    await workbench.press("Escape");
    await workbench.editor();
    await workbench.unchanged();
  },

  async "a server that is missing is said to be missing"() {
    await unlink(join(home, "bin", "llada-edit"));
    await workbench.command("llada-edit: Restart Server");
    await page.locator('.notification-toast:has-text("“llada-edit” is not on this machine")').waitFor();
    await workbench.status("off");
  },
};

try {
  for (const [name, step] of Object.entries(steps)) {
    const begun = Date.now();
    await step();
    console.log(`${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  }
} catch (error) {
  await page.screenshot({ path: join(home, "failure.png") });
  console.error(await workbench.seen());
  throw error;
} finally {
  await workbench.stop();
}
