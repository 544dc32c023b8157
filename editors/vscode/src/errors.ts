// What a request that failed means for the user, in one message or none.

import * as vscode from "vscode";
import { LSPErrorCodes, ResponseError } from "vscode-languageclient/node";
import { CHANGED } from "./edits.ts";

const QUIET: number[] = [LSPErrorCodes.RequestCancelled, LSPErrorCodes.ServerCancelled];

/** Say what went wrong; of a request that was stopped, or replaced by a newer one, nothing. */
export function explain(error: unknown): void {
  const code = error instanceof ResponseError ? error.code : undefined;
  if (code === LSPErrorCodes.ContentModified) void vscode.window.showWarningMessage(CHANGED);
  else if (!QUIET.includes(code ?? 0)) void vscode.window.showErrorMessage(`llada-edit: ${message(error)}`);
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
