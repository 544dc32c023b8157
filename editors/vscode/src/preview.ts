// A proposal shown in the text as decorations. The document itself never changes, so nothing has to be taken back.

import * as vscode from "vscode";
import { type Edit, small } from "./edits";
import { shown } from "./words";

/** Longest text behind a range: it does not wrap. */
const WIDTH = 160;
const BLANK = "\u00a0";

/** Decorations in one editor. */
export class Preview implements vscode.Disposable {
  private readonly old = vscode.window.createTextEditorDecorationType({ opacity: "0.45" });
  private readonly out = vscode.window.createTextEditorDecorationType({
    textDecoration: "line-through",
    backgroundColor: new vscode.ThemeColor("diffEditor.removedTextBackground"),
  });
  private readonly into = vscode.window.createTextEditorDecorationType({});
  private readonly editor: vscode.TextEditor;

  constructor(editor: vscode.TextEditor) {
    this.editor = editor;
  }

  /** An unfinished text, behind the text that it is to replace. */
  live(edits: Edit[]): void {
    this.editor.setDecorations(this.old, edits.map((edit) => edit.range));
    this.editor.setDecorations(this.out, []);
    this.editor.setDecorations(this.into, edits.map((edit) => added(edit.range.end, edit.text)));
  }

  /** A finished text, word by word: what goes is struck out, what comes stands behind it. */
  difference(edits: Edit[]): void {
    const { document } = this.editor;
    const [out, into]: [vscode.Range[], vscode.DecorationOptions[]] = [[], []];
    for (const edit of small(document, edits)) {
      if (!edit.range.isEmpty) out.push(edit.range);
      if (edit.text) into.push(added(edit.range.end, edit.text));
    }
    this.editor.setDecorations(this.old, []);
    this.editor.setDecorations(this.out, out);
    this.editor.setDecorations(this.into, into);
  }

  /** The text as it is. */
  clear(): void {
    for (const kind of [this.old, this.out, this.into]) this.editor.setDecorations(kind, []);
  }

  dispose(): void {
    for (const kind of [this.old, this.out, this.into]) kind.dispose();
  }
}

function added(at: vscode.Position, text: string): vscode.DecorationOptions {
  const line = shown(text);
  const contentText = (line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line).replaceAll(" ", BLANK);
  const after = {
    contentText,
    color: new vscode.ThemeColor("editor.foreground"),
    backgroundColor: new vscode.ThemeColor("diffEditor.insertedTextBackground"),
    margin: "0 0 0 2px",
  };
  return { range: new vscode.Range(at, at), renderOptions: { after } };
}
