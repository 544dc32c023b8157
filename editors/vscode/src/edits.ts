// Edits of a document: in whole words, bound to a version, in one step.

import * as vscode from "vscode";
import { changes } from "./words.ts";

/** A text in place of a range. */
export interface Edit {
  range: vscode.Range;
  text: string;
}

export const CHANGED = "llada-edit: the text has changed meanwhile, so nothing was replaced; ask again.";

/** The same edits in whole words, so that cursors and folds around them stay where they are. */
export function small(document: vscode.TextDocument, edits: Edit[]): Edit[] {
  return edits.flatMap(({ range, text }) => {
    const start = document.offsetAt(range.start);
    return changes(document.getText(range), text).map((change) => ({
      range: new vscode.Range(document.positionAt(start + change.start), document.positionAt(start + change.end)),
      text: change.text,
    }));
  });
}

/** Put all edits, or none, into a document that must still have this version; whether that was done. */
export async function apply(document: vscode.TextDocument, version: number, edits: Edit[]): Promise<boolean> {
  const all = new vscode.WorkspaceEdit();
  let done = !document.isClosed && document.version === version;
  if (done) {
    for (const edit of small(document, edits)) all.replace(document.uri, edit.range, edit.text);
    // VS Code looks at the version once more, and takes one workspace edit back in one step.
    done = await vscode.workspace.applyEdit(all);
  }
  if (!done) void vscode.window.showWarningMessage(CHANGED);
  return done;
}
