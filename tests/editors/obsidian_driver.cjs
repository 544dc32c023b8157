// Drives the built plug-in without Obsidian: node --experimental-websocket obsidian_driver.cjs SCENARIO,
// with LLADA_URL, LLADA_FILE and LLADA_VAULT. Prints what it saw as one line of JSON; the Python test judges.
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const stub = path.join(__dirname, "obsidian_stub.cjs");
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...more) => (name === "obsidian" ? stub : resolve(name, ...more));
const { Editor, FileSystemAdapter, Notice, Setting, SuggestModal } = require(stub);
const { default: LladaEdit } = require("../../editors/obsidian/main.js");

const { LLADA_URL: url, LLADA_FILE: file, LLADA_VAULT: vault } = process.env;
const before = fs.readFileSync(file, "utf8");
const seen = { before };

async function until(what, look) {
  const end = Date.now() + 120_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`this has not happened: ${what}; said: ${Notice.said}`);
    await new Promise((go) => setTimeout(go, 20));
  }
}

let server;
/** Starts the server of LLADA_COMMAND; over when it has said where it is. */
async function serve() {
  const [program, ...rest] = JSON.parse(process.env.LLADA_COMMAND);
  server = spawn(program, rest, { stdio: ["ignore", "ignore", "pipe"] });
  await once(server.stderr, "data");
}

async function begin(token) {
  const events = [];
  const app = { vault: { adapter: new FileSystemAdapter(vault) }, workspace: { on: (_, run) => events.push(run) } };
  const plugin = new LladaEdit(app, { n: 2 });
  await plugin.onload();
  plugin.tab.display();
  await Setting.controls.Address.enter(` ${url.replace(/[^/]*$/, "")}`);
  await Setting.controls.Token.enter(token ?? url.split("/").at(-1));
  seen.saved = plugin.data;
  const info = { file: { path: "notes/letter é.md" } };
  const editor = new Editor(before, plugin.extensions, (one) => events.forEach((run) => run(one, info)));
  const run = (id) => (plugin.commands[id].callback ?? plugin.commands[id].editorCallback)(editor, info);
  const chosen = async (id) => {
    const known = SuggestModal.opened.length;
    if (id) run(id);
    return until(`a choice after ${id}`, () => SuggestModal.opened[known]);
  };
  const take = (modal, index) => modal.onChooseSuggestion(modal.getSuggestions("")[index]);
  return { plugin, editor, run, chosen, take };
}

const scenarios = {
  // The second proposal taken and undone; other words; a rewriting of a selection; all holes.
  async write() {
    const { plugin, editor, chosen, take } = await begin();
    editor.select(before.indexOf("[?]") + 1);
    const fillings = await chosen("fill-hole");
    seen.offered = fillings.seen();
    take(fillings, 1);
    seen.filled = editor.getValue();
    editor.undo();
    seen.undone = editor.getValue();
    editor.select(before.indexOf("second") + 2);
    const words = await chosen("alternatives");
    seen.words = words.seen();
    editor.select(before.indexOf("A second"), before.length - 1);
    const operations = await chosen("rewrite");
    seen.operations = operations.seen();
    const known = SuggestModal.opened.length;
    take(operations, operations.getSuggestions("").length - 1);
    const rewordings = await until("rewordings", () => SuggestModal.opened[known]);
    seen.rewordings = rewordings.seen();
    const all = await chosen("fill-all");
    take(all, 0);
    take(rewordings, 0); // too late: the text is another one
    seen.late = Notice.said.at(-1);
    fs.writeFileSync(file, editor.getValue());
    plugin.onunload();
    await until("the end of the connection", () => plugin.client === undefined);
  },

  // Stopped while it is written; then the text changes meanwhile.
  async stop() {
    const { plugin, editor, run } = await begin();
    run("fill-hole");
    seen.live = await until("a step in place", () => editor.shown.flat().find(({ text, masked }) => text && masked?.length));
    seen.place = before.slice(seen.live.from, seen.live.to);
    run("stop");
    await until("a word about it", () => Notice.said.length === 1);
    editor.shown = [];
    run("fill-hole");
    await until("a step in place", () => editor.shown.flat().find(({ text }) => text));
    editor.transaction({ changes: [{ from: { line: 0, ch: 0 }, to: { line: 0, ch: 0 }, text: "x" }] });
    await until("a word about it", () => Notice.said.length === 2);
    seen.said = Notice.said;
    seen.after = editor.getValue();
    await until("idleness", () => plugin.status.at(-1) === "llada-edit: ready");
    plugin.onunload();
  },

  // The server is ended from outside, while nothing is asked and while it writes; started again, it is found by itself.
  async back() {
    await serve();
    const { plugin, editor, run, chosen, take } = await begin();
    await chosen("fill-hole");
    server.kill("SIGKILL");
    await until("a lost connection", () => plugin.status.at(-1) === "llada-edit: not connected");
    run("fill-hole");
    await until("a word about it", () => Notice.said.length === 1);
    await serve();
    take(await chosen("fill-hole"), 0);
    seen.filled = editor.getValue();
    editor.undo();
    editor.select(0, before.length);
    editor.shown = [];
    const operations = await chosen("rewrite");
    take(operations, operations.getSuggestions("").length - 1);
    await until("a step in place", () => editor.shown.flat().find(({ text }) => text));
    server.kill("SIGKILL");
    await until("a word about it", () => Notice.said.length === 2);
    seen.said = Notice.said;
    seen.shown = editor.shown.at(-1);
    seen.after = editor.getValue();
  },

  async stranger() {
    const { run } = await begin("wrong");
    run("fill-hole");
    await until("a refusal", () => Notice.said.length);
    seen.said = Notice.said;
  },
};

scenarios[process.argv[2]]().then(
  () => process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0)),
  (error) => {
    server?.kill("SIGKILL");
    console.error(error);
    process.exit(1);
  },
);
