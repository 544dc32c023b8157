// llada-edit in VS Code: puts the parts together.

import * as vscode from "vscode";
import { COMMANDS, intercept } from "./commands.ts";
import { Server } from "./server.ts";
import { SECTION } from "./settings.ts";
import { StatusItem } from "./status.ts";

let server: Server | undefined;

/** Register everything; the server starts with the first document that it is for. */
export function activate(context: vscode.ExtensionContext): void {
  const status = new StatusItem();
  const made: Server = new Server(status, intercept(() => made));
  server = made;
  const begin = (document: vscode.TextDocument): void => {
    if (!made.needed && made.covers(document)) void made.client();
  };
  tell();
  context.subscriptions.push(
    status,
    made,
    vscode.workspace.onDidOpenTextDocument(begin),
    vscode.workspace.onDidChangeConfiguration((event) => {
      tell();
      const renewed = ["llada-edit.command", "lladaEdit.languages"].some((name) => event.affectsConfiguration(name));
      if (renewed && made.needed) void made.restart();
    }),
    ...Object.entries(COMMANDS).map(([name, run]) =>
      vscode.commands.registerCommand(`llada-edit.${name}`, () => run(made)),
    ),
  );
  vscode.workspace.textDocuments.forEach(begin);
}

/** Tell the conditions of menus what the documents are. */
function tell(): void {
  const languages = vscode.workspace.getConfiguration(SECTION).get<string[]>("languages", []);
  void vscode.commands.executeCommand("setContext", "llada-edit.languages", languages);
  void vscode.commands.executeCommand("setContext", "llada-edit.everywhere", !languages.length);
}

/** The server has to be gone before the window is. */
export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
