/** The page: buttons and keys, the open file, and the connection to the server that served it. */

import type { Client, Operation, Paper, Status } from "../../common/client";
import { Client as Session } from "../../common/client";
import { element } from "./choices";
import { Editor } from "./editor";
import { type File_, languageOf, pick, save } from "./files";
import { SAMPLE } from "./sample";
import { Writer } from "./writer";

const RETRY = 2000;
const SECOND = "Another page is open already: this one takes over when it is closed.";
const GONE = "The server is gone. Start llada-edit lsp --web again, and open the address that it prints.";
const script = document.querySelector<HTMLScriptElement>("script[nonce]");
const place = script?.dataset.place ?? "";
const operation = element<HTMLSelectElement>("operation");
const strength = element<HTMLSelectElement>("strength");
const count = element<HTMLInputElement>("count");

let file: File_ = { name: "library.txt", text: SAMPLE, crlf: false };
let client: Client | undefined;
let paper: Paper | undefined;
let operations: Operation[] = [];

const actions: Record<string, () => void> = {
  open: () => void guarded(openFile),
  save: () => void guarded(saveFile),
  fill: () => void writer.fillHere(wanted()),
  "fill-all": () => void writer.fillAll(wanted()),
  rewrite: () => void writer.rewrite(operation.value, strength.hidden ? undefined : strength.value, wanted()),
  words: () => void writer.words(),
  undo: () => editor.undo(),
  another: () => void writer.another(),
  pin: () => void writer.pin(),
  unload: () => void guarded(unloadOrLoad),
  stop: () => writer.stop(),
};
const keys = {
  "Mod-Enter": actions.fill, "Mod-Shift-Enter": actions["fill-all"],
  "Alt-Enter": actions.rewrite, "Ctrl-Space": actions.words, "Alt-i": actions.words, Escape: actions.stop,
  "Alt-n": actions.another, "Alt-k": actions.pin,
} as Record<string, () => void>;

const editor = new Editor(element("text"), script?.nonce ?? "", keys, () => writer.changed());
const writer = new Writer(editor, () => paper, say, (working) => (element<HTMLButtonElement>("stop").disabled = !working));

function say(text: string): void {
  element("said").textContent = text;
}

function wanted(): number {
  return Math.min(8, Math.max(1, count.valueAsNumber || 1));
}

function show(opened: File_): void {
  file = opened;
  editor.text = file.text;
  element("name").textContent = file.name;
  paper?.close();
  paper = client?.open(`${place}/${encodeURIComponent(file.name)}`, languageOf(file.name), file.text);
  writer.changed();
  editor.focus();
}

const unsaved = () => editor.text !== file.text;

async function openFile(): Promise<void> {
  if (unsaved() && !confirm(`${file.name} has changes that are not saved. Open another file and lose them?`)) return;
  const opened = await pick();
  if (!opened) return;
  show(opened);
  say(`${opened.name} is open.`);
}

async function saveFile(): Promise<void> {
  const saved = await save({ ...file, text: editor.text });
  if (!saved) return;
  file = saved;
  element("name").textContent = file.name;
  say(`${file.name} is saved.`);
}

async function guarded(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

function showStatus({ kind, model, message }: Status): void {
  document.body.dataset.status = kind;
  const error = `cannot be used: ${message}`;
  const words = { loading: "is loading", ready: "is ready", busy: "is writing", off: "is unloaded", error };
  element("model").textContent = `Model ${model} ${words[kind]}`;
  element("unload").textContent = kind === "off" ? "Load it" : "Unload it";
  element<HTMLButtonElement>("unload").disabled = kind === "loading" || kind === "error";
  if (kind === "loading" || kind === "off") operations = [];
  if (kind === "ready" && !operations.length) void guarded(showOperations);
}

async function unloadOrLoad(): Promise<void> {
  editor.focus();
  await client?.run(document.body.dataset.status === "off" ? "load" : "unload");
}

async function showOperations(): Promise<void> {
  operations = (await client?.operations()) ?? [];
  const other = { op: "reword", title: "In other words", detail: "Written anew, at about the same length.", strength: false };
  const options = [...operations, other].map(({ op, title, detail }) => {
    const option = new Option(title, op);
    option.title = detail;
    return option;
  });
  operation.replaceChildren(...options);
  showStrength();
}

function showStrength(): void {
  strength.hidden = !operations.find(({ op }) => op === operation.value)?.strength;
}

/** Connect, and again when the connection is lost: the server may only have been busy, or the machine asleep. */
async function connect(): Promise<void> {
  const address = `ws://${location.host}${location.pathname}socket`;
  let why = "";
  try {
    const onEdit = writer.written.bind(writer);
    client = await Session.connect({ address, name: "llada-edit page", place, onStatus: showStatus, onMessage: say, onEdit });
    void guarded(showOperations); // "ready" may have come before there was a client to ask
    paper = client.open(`${place}/${encodeURIComponent(file.name)}`, languageOf(file.name), editor.text);
    say("");
    writer.changed();
    why = await client.closed;
  } catch (error) {
    why = error instanceof Error ? error.message : "";
  }
  client = paper = undefined;
  operations = [];
  writer.stop();
  document.body.dataset.status = "gone";
  element("model").textContent = "No connection";
  element<HTMLButtonElement>("unload").disabled = true;
  say(why === "another client is connected" ? SECOND : GONE);
  setTimeout(() => void connect(), RETRY);
}

for (const [id, action] of Object.entries(actions)) element(id).addEventListener("click", action);
operation.addEventListener("change", showStrength);
// These count wherever the focus is.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  const action = event.ctrlKey || event.metaKey ? { o: actions.open, s: actions.save }[event.key] : undefined;
  if (event.key === "Escape") writer.stop();
  if (!action) return;
  event.preventDefault();
  action();
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});
if (navigator.platform.startsWith("Mac")) {
  for (const button of document.querySelectorAll<HTMLElement>("[title*='Ctrl+']")) {
    if (button.id !== "words") button.title = button.title.replace("Ctrl+", "⌘");
  }
}
show(file);
void showOperations();
void connect();
