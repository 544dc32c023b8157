// What the user has set, as opposed to what VS Code would fill in.

import * as vscode from "vscode";

/** The server's section; its settings are written into package.json from the server's own list of them. */
export const SECTION = "lladaEdit";

/** The program that is the server, with its arguments. */
export function command(): string[] {
  return vscode.workspace.getConfiguration("llada-edit").get<string[]>("command", []);
}

/** Only what somebody has set: a default sent along would win over the project's `llada-edit.toml`. */
export function chosen(scope: vscode.ConfigurationScope | undefined): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration(SECTION, scope ?? null);
  const names = Object.keys(settings).filter((name) => typeof settings[name] !== "function");
  return Object.fromEntries(names.filter((name) => isSet(settings, name)).map((name) => [name, settings.get(name)]));
}

function isSet(settings: vscode.WorkspaceConfiguration, name: string): boolean {
  const found = settings.inspect(name);
  return [
    found?.globalValue,
    found?.workspaceValue,
    found?.workspaceFolderValue,
    found?.globalLanguageValue,
    found?.workspaceLanguageValue,
    found?.workspaceFolderLanguageValue,
  ].some((value) => value !== undefined);
}

/** The documents to work in: of the languages that are set, saved or not. */
export function selector(): { scheme: string; language?: string }[] {
  const languages = vscode.workspace.getConfiguration(SECTION).get<string[]>("languages", []);
  const schemes = ["file", "untitled"].map((scheme) => ({ scheme }));
  return languages.length ? languages.flatMap((language) => schemes.map((one) => ({ ...one, language }))) : schemes;
}
