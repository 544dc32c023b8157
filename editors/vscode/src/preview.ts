// A proposal shown in the text as decorations. The document itself never changes, so nothing has to be taken back.

import * as vscode from "vscode";
import { type Edit, small } from "./edits.ts";
import { shown } from "./words.ts";

/** Longest text behind a range: it does not wrap. */
const WIDTH = 160;
const BLANK = "\u00a0";
/** Lines of text that a list covers at the top of the window. */
const LIST = 14;

/** Decorations in one editor. */
export class Preview implements vscode.Disposable {
  private readonly old = vscode.window.createTextEditorDecorationType({ opacity: "0.45" });
  private readonly out = vscode.window.createTextEditorDecorationType({
    textDecoration: "line-through",
    backgroundColor: new vscode.ThemeColor("diffEditor.removedTextBackground"),
  });
  private readonly into = vscode.window.createTextEditorDecorationType({});
  private readonly editor: vscode.TextEditor;
  /** The first line that was seen before anything was shown. */
  private top: number | undefined;

  constructor(editor: vscode.TextEditor) {
    this.editor = editor;
  }

  /** An unfinished text, behind the text that it is to replace. */
  live(edits: Edit[]): void {
    this.uncover(edits);
    this.editor.setDecorations(this.old, edits.map((edit) => edit.range));
    this.editor.setDecorations(this.out, []);
    this.editor.setDecorations(this.into, edits.map((edit) => added(edit.range.end, edit.text)));
  }

  /** A finished text, word by word: what goes is struck out, what comes stands behind it. */
  difference(edits: Edit[]): void {
    const { document } = this.editor;
    this.uncover(edits);
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
    if (this.top !== undefined) this.scroll(this.top);
    for (const kind of [this.old, this.out, this.into]) kind.dispose();
  }

  /** Scroll the text out from under the list, as far as there is text above. */
  private uncover([first]: Edit[]): void {
    const seen = this.editor.visibleRanges[0];
    if (!first || !seen || this.top !== undefined) return;
    this.top = seen.start.line;
    const line = first.range.end.line;
    // Below the end of the document there is no telling how many lines could be seen.
    const ended = seen.end.line + 1 >= this.editor.document.lineCount;
    const room = ended ? LIST : Math.min(LIST, seen.end.line - seen.start.line - 2);
    if (line - seen.start.line < room) this.scroll(Math.max(0, line - room));
  }

  private scroll(top: number): void {
    this.editor.revealRange(new vscode.Range(top, 0, top, 0), vscode.TextEditorRevealType.AtTop);
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
