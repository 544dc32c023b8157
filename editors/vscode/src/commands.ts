// The commands of the palette, the keys and the menus.

import * as vscode from "vscode";
import type { ExecuteCommandSignature, LanguageClient } from "vscode-languageclient/node";
import { apply } from "./edits.ts";
import { explain } from "./errors.ts";
import { holes, nearest, plain, range, selected } from "./orders.ts";
import { Picker, type Purpose } from "./picker.ts";
import { Preview } from "./preview.ts";
import { ALTERNATIVES, CANCEL, type Operation, type Order } from "./protocol.ts";
import type { Server } from "./server.ts";
import { shown } from "./words.ts";

type Run = (server: Server) => unknown;

/** Commands of the server that have a choice in them: ours is better than a message with buttons. */
const CHOOSING = /^lladaEdit\.(fill|reword|rewrite|choose|paraphrase|shorten|expand|formal|plain|simplify|proofread)$/;
const WORDS = 12;
/** Milliseconds for which an answer stands in the status bar. */
const TOLD = 8000;

export const COMMANDS: Record<string, Run> = {
  fillHole: (server) => here(server, (client, editor) => fill(server, client, editor, nearest)),
  fillAll: (server) => here(server, (client, editor) => fill(server, client, editor, (all) => all)),
  rewrite: (server) => here(server, (_, editor) => rewrite(server, editor)),
  paraphrase: (server) => here(server, (_, editor) => paraphrase(server, editor)),
  words: (server) => here(server, words),
  preview: (server) => here(server, (client, editor) => preview(server, client, editor)),
  another: afterwards("another"),
  stronger: afterwards("stronger"),
  weaker: afterwards("weaker"),
  revert: afterwards("revert"),
  accept: afterwards("accept"),
  pin: pinning("pin"),
  unpin: pinning("unpin"),
  refuse: () => Picker.refuse(),
  cancel: (server) => cancel(server),
  unload: (server) => ofModel(server, "unload"),
  load: (server) => ofModel(server, "load"),
  restart: (server) => server.restart(),
  showOutput: (server) => server.output.show(),
  menu,
};

/** Show our own list where a command of the server would ask in a message. */
export function intercept(server: () => Server) {
  return (name: string, args: unknown[], next: ExecuteCommandSignature): unknown => {
    const order = args[0] as Order | undefined;
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === order?.uri);
    if (!order || !editor || order.preview || (order.n ?? 1) < 2 || !CHOOSING.test(name)) return next(name, args);
    const op = order.op ?? name.slice(name.indexOf(".") + 1);
    return Picker.show(server(), editor, { ...order, op }, { title: titled(op), strength: false });
  };
}

async function here(
  server: Server,
  run: (client: LanguageClient, editor: vscode.TextEditor) => unknown,
): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const client = editor && (await server.client());
  if (!client) return;
  if (server.covers(editor.document)) {
    await Promise.resolve(run(client, editor)).catch(explain);
  } else {
    const { languageId } = editor.document;
    const how = `add it to the setting lladaEdit.languages.`;
    void vscode.window.showWarningMessage(`llada-edit does not work in documents of the kind “${languageId}”; ${how}`);
  }
}

async function fill(
  server: Server,
  client: LanguageClient,
  editor: vscode.TextEditor,
  which: (holes: vscode.Range[], editor: vscode.TextEditor) => vscode.Range[],
): Promise<void> {
  const { document } = editor;
  const ranges = which(await holes(client, document), editor);
  if (ranges[0]) editor.revealRange(ranges[0], vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  const order = { uri: document.uri.toString(), version: document.version, op: "fill", ranges: ranges.map(plain) };
  const title = ranges.length > 1 ? `Fill ${ranges.length} holes` : titled("fill");
  // Without holes the server says what one looks like.
  await Picker.show(server, editor, order, { title, strength: false });
}

async function rewrite(server: Server, editor: vscode.TextEditor): Promise<void> {
  const operation = await chosen(server);
  if (operation) await Picker.show(server, editor, selected(editor, operation.op), operation);
}

async function paraphrase(server: Server, editor: vscode.TextEditor): Promise<void> {
  const known = (await server.operations()).find(({ op }) => op === "paraphrase");
  const purpose: Purpose = known ?? { title: titled("paraphrase"), strength: false };
  await Picker.show(server, editor, selected(editor, "paraphrase"), purpose);
}

async function preview(server: Server, client: LanguageClient, editor: vscode.TextEditor): Promise<void> {
  const operation = await chosen(server);
  if (operation) await send(client, "preview", selected(editor, operation.op));
}

/** The operation that the user picks. */
async function chosen(server: Server): Promise<Operation | undefined> {
  const reword = { op: "reword", title: titled("reword"), detail: "Other words for the word or selection", strength: false };
  const list = server.operations().then((known) => [...known, reword].map((one) => ({ ...one, label: one.title })));
  return vscode.window.showQuickPick(list, { title: "Rewrite", placeHolder: "How?", matchOnDetail: true });
}

/** Other words for the one at the cursor, most probable first. */
async function words(client: LanguageClient, editor: vscode.TextEditor): Promise<void> {
  const { document } = editor;
  const { version } = document;
  const found = await client.sendRequest(ALTERNATIVES, {
    textDocument: { uri: document.uri.toString(), version },
    position: plain(editor.selection).start,
    k: WORDS,
  });
  const where = range(found.range);
  const present = document.getText(where);
  const lines = found.words.filter((word) => word.text !== present).map((word) => ({
    label: word.text,
    description: `${(100 * word.probability).toPrecision(2)} %`,
  }));
  const preview = new Preview(editor);
  const pick = await vscode.window.showQuickPick(lines, {
    title: present ? `Other words for “${present}”` : "Words that fit here",
    placeHolder: "Choose a word",
    onDidSelectItem: (line: { label: string }) => preview.difference([{ range: where, text: line.label }]),
  });
  preview.dispose();
  if (pick) await apply(document, version, [{ range: where, text: pick.label }]);
}

function afterwards(name: string): Run {
  return (server) => here(server, (client, { document }) => send(client, name, { uri: document.uri.toString() }));
}

/** Name words of what was just written as such that stay in another text, or change again: the selected ones, or the one
 * at the cursor; without a selection all change again. */
function pinning(name: "pin" | "unpin"): Run {
  return (server) =>
    here(server, async (client, editor) => {
      const { uri, ranges } = selected(editor, name);
      const all = name === "unpin" && editor.selections.every((selection) => selection.isEmpty);
      const pinned = (await send(client, name, { uri, ranges: all ? [] : ranges })) as string[];
      const told = pinned.map((text) => `“${shown(text)}”`).join(", ");
      vscode.window.setStatusBarMessage(told ? `llada-edit: pinned ${told}` : "llada-edit: nothing is pinned", TOLD);
    });
}

/** Send the model of a running server away, or have it back. */
async function ofModel(server: Server, name: "unload" | "load"): Promise<void> {
  const client = await server.client();
  if (client) await send(client, name).catch(explain);
}

async function cancel(server: Server): Promise<void> {
  Picker.close();
  if (server.needed) await (await server.client())?.sendNotification(CANCEL, { job: "" });
}

async function menu(server: Server): Promise<void> {
  const offers: [string, string, unknown?][] = [
    server.unloaded ? ["Load Model", "llada-edit.load"] : ["Unload Model", "llada-edit.unload"],
    ["Restart Server", "llada-edit.restart"],
    ["Show Output", "llada-edit.showOutput"],
    ["Settings", "workbench.action.openSettings", "llada-edit"],
  ];
  const lines = offers.map(([label, command, argument]) => ({ label, command, argument }));
  const pick = await vscode.window.showQuickPick(lines, { title: "llada-edit" });
  if (pick) await vscode.commands.executeCommand(pick.command, pick.argument);
}

function send(client: LanguageClient, name: string, argument: object = {}): Promise<unknown> {
  return client.sendRequest("workspace/executeCommand", { command: `lladaEdit.${name}`, arguments: [argument] });
}

function titled(op: string): string {
  const named: Record<string, string> = { fill: "Fill this hole", reword: "Another wording" };
  return named[op] ?? op.charAt(0).toUpperCase() + op.slice(1);
}
