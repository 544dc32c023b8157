// The parts of the extension that need no window: words compared, edits bound to a version, the server's program found.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { locate } from "../../../editors/vscode/src/locate.ts";
import { changes, summary } from "../../../editors/vscode/src/words.ts";
import { Range, TextDocument, defaults, errors, executed, item, place, ResponseError, set, warnings } from "./window.ts";

const standIn = new URL("./window.ts", import.meta.url).href;
registerHooks({ resolve: (name, context, next) => next(/^vscode(-languageclient\/node)?$/.test(name) ? standIn : name, context) });
const { chosen, command, selector } = await import("../../../editors/vscode/src/settings.ts");
const { explain } = await import("../../../editors/vscode/src/errors.ts");
const { nearest } = await import("../../../editors/vscode/src/orders.ts");
const { StatusItem } = await import("../../../editors/vscode/src/status.ts");
const { apply, small } = await import("../../../editors/vscode/src/edits.ts");

function applied(before: string, after: string): string {
  let [text, at] = ["", 0];
  for (const change of changes(before, after)) {
    assert.ok(at <= change.start && change.start <= change.end, "changes stand in order and apart");
    assert.notEqual(before.slice(change.start, change.end), change.text, "what is the same is no change");
    text += before.slice(at, change.start) + change.text;
    at = change.end;
  }
  return text + before.slice(at);
}

test("changes make the second text of the first", () => {
  const words = ["a", "an", "the", "😀", "naïve", "don't", ",", ".", " ", " ", "  ", "\n", "\r\n", "\u2028", "e\u0301"];
  let seed = 1;
  const draw = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  const text = (): string => Array.from({ length: draw(12) }, () => words[draw(words.length)]).join("");
  for (let round = 0; round < 20000; round++) {
    const [before, after] = [text(), text()];
    assert.equal(applied(before, after), after);
  }
});

test("few changes stay few", () => {
  const before = "The committee took the proposal after a long debate.";
  const after = "The committee adopted the proposal after a lengthy discussion.";
  assert.equal(summary(before, after), "took → adopted · long debate → lengthy discussion");
  assert.equal(summary(before, before), "");
  assert.equal(summary("a b c", "a c"), "− b");
  assert.equal(summary("a c", "a b c"), "+ b");
});

test("texts too large to be compared are replaced", () => {
  const [before, after] = ["a b ".repeat(2000), "c d ".repeat(2000)];
  assert.equal(applied(before, after), after);
});

const TEXT = "😀 Café,\r\nthe committee 😀 took the proposal.\r\n";

function whole(document: TextDocument): Range {
  return new Range(document.positionAt(0), document.positionAt(document.text.length));
}

test("edits are made of whole words, wherever they stand", () => {
  const document = new TextDocument(TEXT);
  const edits = small(document as never, [{ range: whole(document) as never, text: TEXT.replace("took", "adopted") }]);
  assert.deepEqual(edits.map(({ range, text }) => [document.getText(range as never), text]), [["took", "adopted"]]);
  assert.deepEqual(edits[0]!.range.start, { line: 1, character: "the committee 😀 ".length });
});

test("all edits are put in, in one step", async () => {
  const document = new TextDocument(TEXT);
  const text = TEXT.replace("Café", "Tea").replace("took", "adopted");
  assert.equal(await apply(document as never, 1, [{ range: whole(document) as never, text }]), true);
  assert.deepEqual([document.text, document.version, warnings.length], [text, 2, 0]);
});

test("no edit is put into another version of a text, nor into a closed one", async () => {
  for (const [version, isClosed] of [[2, false], [1, true]] as const) {
    const document = Object.assign(new TextDocument(TEXT), { isClosed });
    assert.equal(await apply(document as never, version, [{ range: whole(document) as never, text: "x" }]), false);
    assert.deepEqual([document.text, warnings.splice(0).length], [TEXT, 1]);
  }
});

test("a program is found on the path, by its path, or not at all", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "llada-edit-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "llada-edit");
  writeFileSync(program, "");
  mkdirSync(join(folder, "folder"));
  const environment = { PATH: ["/nowhere", folder].join(delimiter) };
  assert.equal(locate("llada-edit", environment), undefined, "not to be run");
  chmodSync(program, 0o755);
  assert.equal(locate("llada-edit", environment), program);
  assert.equal(locate(program, {}), program);
  assert.equal(locate("folder", environment), undefined);
  assert.equal(locate("llada-edit", {}), undefined);
});

test("only what somebody has set is sent: a default would win over the project's llada-edit.toml", () => {
  Object.assign(defaults, { "lladaEdit.n": 3, "lladaEdit.seed": 0, "lladaEdit.languages": ["markdown"] });
  Object.assign(defaults, { "llada-edit.command": ["llada-edit", "lsp"] });
  assert.deepEqual(chosen(undefined), {});
  set["lladaEdit.seed"] = 0; // set to what it is anyway
  assert.deepEqual(chosen(undefined), { seed: 0 });
  assert.deepEqual(command(), ["llada-edit", "lsp"]);
});

test("documents of the languages that are set, or all", () => {
  assert.deepEqual(selector(), [{ scheme: "file", language: "markdown" }, { scheme: "untitled", language: "markdown" }]);
  set["lladaEdit.languages"] = [];
  assert.deepEqual(selector(), [{ scheme: "file" }, { scheme: "untitled" }]);
});

test("the holes that are touched, or the next one, or the first", () => {
  const hole = (line: number) => Object.assign(new Range(place(line, 4), place(line, 7)));
  const holes = [hole(1), hole(3), hole(5)];
  const lines = (start: [number, number], end = start): number[] => {
    const selection = Object.assign(new Range(place(...start), place(...end)), { active: place(...end) });
    return nearest(holes as never, { selection, selections: [selection] } as never).map((one) => one.start.line);
  };
  assert.deepEqual([lines([1, 4]), lines([1, 7]), lines([1, 5])], [[1], [1], [1]]);
  assert.deepEqual(lines([0, 0], [3, 5]), [1, 3]);
  assert.deepEqual([lines([1, 8]), lines([4, 0]), lines([6, 0])], [[3], [5], [1]]);
  assert.deepEqual(nearest([], { selections: [] } as never), []);
});

test("one message for what failed, and none for what was stopped", () => {
  for (const code of [-32800, -32802]) explain(new ResponseError(code, "stopped"));
  assert.deepEqual([warnings.length, errors.length], [0, 0]);
  explain(new ResponseError(-32801, "modified"));
  explain(new ResponseError(-32803, "the sentence is too long"));
  explain("odd");
  assert.deepEqual(errors.splice(0), ["llada-edit: the sentence is too long", "llada-edit: odd"]);
  assert.match(warnings.splice(0).join("|"), /^llada-edit: the text has changed meanwhile[^|]*$/);
});

test("the status bar shows, and says aloud, what the server is doing", () => {
  const status = new StatusItem();
  const seen = (kind: never, about?: object): unknown[] => {
    status.show(kind, about);
    return [item.text, (item.accessibilityInformation as { label: string }).label, item.tooltip];
  };
  assert.deepEqual(seen("off" as never), ["$(circle-slash) llada-edit: off", "llada-edit: off", "llada-edit"]);
  assert.deepEqual(seen("ready" as never, { model: "bundled", device: "cpu", message: "" }), [
    "$(check) llada-edit", "llada-edit: ready", "llada-edit\nmodel bundled on cpu",
  ]);
  assert.equal(item.backgroundColor, undefined);
  assert.equal(seen("error" as never, { message: "no model" })[1], "llada-edit: error, no model");
  assert.ok(item.backgroundColor && item.command && item.name);
  seen("busy" as never);
  assert.deepEqual(executed.at(-1), ["setContext", "llada-edit.writing", true]);
  seen("ready" as never);
  assert.deepEqual(executed.at(-1), ["setContext", "llada-edit.writing", false]);
});
