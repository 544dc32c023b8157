// What the user means: from cursors and selections to what the server is asked for.

import * as vscode from "vscode";
import { CodeActionRequest, type CodeAction, type LanguageClient, type Range } from "vscode-languageclient/node";
import type { Order } from "./protocol.ts";

/** What is selected, or the places of all cursors. */
export function selected(editor: vscode.TextEditor, op: string): Order {
  const some = editor.selections.filter((selection) => !selection.isEmpty);
  const { document } = editor;
  const ranges = (some.length ? some : editor.selections).map(plain);
  return { uri: document.uri.toString(), version: document.version, op, ranges };
}

/** All holes of a document, in the order of the text. */
export async function holes(client: LanguageClient, document: vscode.TextDocument): Promise<vscode.Range[]> {
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  // The server's own offer to fill them says where they are: only it reads their markup.
  const answer = await client.sendRequest(CodeActionRequest.type, {
    textDocument: { uri: document.uri.toString() },
    range: plain(whole),
    context: { diagnostics: [], only: ["refactor.rewrite.llada.fill"] },
  });
  const offers = (answer ?? []).map((action) => (action as CodeAction).data as { order?: Order } | undefined);
  return (offers.find((data) => data?.order)?.order?.ranges ?? []).map(range);
}

/** The holes that the cursor or a selection touches, or else the next one, or the first. */
export function nearest(holes: vscode.Range[], editor: vscode.TextEditor): vscode.Range[] {
  const touched = holes.filter((hole) => editor.selections.some((selection) => selection.intersection(hole)));
  const next = holes.find((hole) => hole.start.isAfterOrEqual(editor.selection.active)) ?? holes[0];
  return touched.length || !next ? touched : [next];
}

export function plain(range: vscode.Range): Range {
  const [start, end] = [range.start, range.end].map(({ line, character }) => ({ line, character }));
  return { start: start!, end: end! };
}

export function range({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
