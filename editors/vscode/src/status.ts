// The item in the status bar: off, loading, ready, writing, or what is wrong.

import * as vscode from "vscode";
import type { Status } from "./protocol.ts";

type Kind = Status["kind"];

const TEXTS: Record<Kind, string> = {
  off: "$(circle-slash) llada-edit: off",
  loading: "$(loading~spin) llada-edit: loading",
  ready: "$(check) llada-edit",
  busy: "$(loading~spin) llada-edit: writing",
  error: "$(warning) llada-edit",
};

/** The same for those who hear it. */
const SPOKEN: Record<Kind, string> = {
  off: "off", loading: "loading the model", ready: "ready", busy: "writing", error: "error",
};

/** Shows what the server is doing; a click offers what can be done about it. */
export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("llada-edit", vscode.StatusBarAlignment.Right, 90);

  constructor() {
    this.item.name = "llada-edit";
    this.item.command = "llada-edit.menu";
  }

  /** Show a status; a server that is not running, or has no model, is off, for a reason or none. */
  show(kind: Kind, about: { model?: string; device?: string; message?: string } = {}): void {
    this.item.text = TEXTS[kind];
    const label = ["llada-edit: " + SPOKEN[kind], about.message].filter(Boolean).join(", ");
    this.item.accessibilityInformation = { label, role: "button" };
    const model = about.model ? `model ${about.model} on ${about.device}` : "";
    this.item.tooltip = ["llada-edit", model, about.message].filter(Boolean).join("\n");
    this.item.backgroundColor = kind === "error" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.item.show();
    void vscode.commands.executeCommand("setContext", "llada-edit.writing", kind === "busy");
  }

  dispose(): void {
    this.item.dispose();
  }
}
