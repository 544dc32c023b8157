// The language server as a process: found, started when it is first needed, started again, and what it tells of itself.

import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
  type ServerOptions,
  type ShowDocumentRequest,
  State,
  type StaticFeature,
} from "vscode-languageclient/node";
import { locate } from "./locate.ts";
import { DENOISE, type Denoised, OPERATIONS, type Operation, STATUS, type Status } from "./protocol.ts";
import { chosen, command, SECTION, selector } from "./settings.ts";
import type { StatusItem } from "./status.ts";

/** Tells the server that we show its steps and its status. */
const WANTED: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...capabilities.experimental, [SECTION]: { denoise: true, status: true } };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

/** One server at a time. */
export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("llada-edit", { log: true });
  private readonly stepped = new vscode.EventEmitter<Denoised>();
  /** A step of a job. */
  readonly onStep = this.stepped.event;
  private readonly told = new vscode.EventEmitter<void>();
  private starting: Promise<LanguageClient | undefined> | undefined;
  private latest: Status | undefined;
  private wanted = false;
  private readonly status: StatusItem;
  private readonly middleware: Middleware;

  constructor(status: StatusItem, executeCommand: NonNullable<Middleware["executeCommand"]>) {
    this.status = status;
    const configuration: NonNullable<Middleware["workspace"]>["configuration"] = (params) =>
      params.items.map((item) => chosen(item.scopeUri ? vscode.Uri.parse(item.scopeUri) : undefined));
    this.middleware = { executeCommand, workspace: { configuration }, window: { showDocument } };
  }

  /** The running server; undefined, and one message to the user, if it cannot be had. */
  async client(): Promise<LanguageClient | undefined> {
    this.wanted = true;
    const client = await (this.starting ??= this.start());
    if (!client) this.starting = undefined; // whoever asks next tries again
    if (client?.state !== State.Stopped) return client;
    // It has died too often to be started again by itself.
    await this.stop();
    return (this.starting ??= this.start());
  }

  /** Whether anything has needed it yet, found or not. */
  get needed(): boolean {
    return this.wanted;
  }

  /** Whether the user has sent the model away. */
  get unloaded(): boolean {
    return this.latest?.kind === "off";
  }

  /** Whether it works in a document. */
  covers(document: vscode.TextDocument): boolean {
    return vscode.languages.match(selector(), document) > 0;
  }

  /** The operations that the model is good at, once it is there. */
  async operations(): Promise<Operation[]> {
    const client = await this.client();
    if (!client) return [];
    await this.loaded(client);
    return (await client.sendRequest(OPERATIONS, {})).operations;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.client();
  }

  async stop(): Promise<void> {
    const client = await this.starting;
    this.starting = this.latest = undefined;
    this.status.show("off");
    await client?.dispose();
  }

  dispose(): void {
    void this.stop();
    for (const one of [this.stepped, this.told, this.output]) one.dispose();
  }

  private async start(): Promise<LanguageClient | undefined> {
    const [program = "llada-edit", ...args] = command();
    const found = locate(program);
    if (!found) {
      this.missing(program);
      return undefined;
    }
    this.status.show("loading");
    const serverOptions: ServerOptions = { command: found, args };
    const clientOptions: LanguageClientOptions = {
      documentSelector: selector(),
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: this.middleware,
    };
    const client = new LanguageClient("llada-edit", "llada-edit", serverOptions, clientOptions);
    client.registerFeature(WANTED);
    client.onNotification(DENOISE, (step) => this.stepped.fire(step));
    client.onNotification(STATUS, (status) => this.tell(status));
    client.onDidChangeState(({ newState }) => newState === State.Stopped && this.stopped());
    try {
      await client.start();
    } catch (error) {
      // The client has said so; its log says why.
      this.status.show("error", { message: String(error) });
      return undefined;
    }
    return client;
  }

  private missing(program: string): void {
    const message =
      `llada-edit: the program “${program}” is not on this machine. ` +
      "Install llada-edit, or set where it is, and restart the server.";
    this.status.show("off", { message });
    const [set, again] = ["Open Setting", "Try Again"];
    void vscode.window.showErrorMessage(message, set, again).then((chosen) => {
      if (chosen === set) void vscode.commands.executeCommand("workbench.action.openSettings", "llada-edit.command");
      if (chosen === again) void this.restart();
    });
  }

  private stopped(): void {
    this.latest = undefined;
    this.status.show("off");
    this.told.fire();
  }

  private tell(status: Status): void {
    this.latest = status;
    this.status.show(status.kind, status);
    this.told.fire();
  }

  /** Resolves when the model is there, or will not come. */
  private async loaded(client: LanguageClient): Promise<void> {
    while (client.isRunning() && (!this.latest || this.latest.kind === "loading")) {
      await new Promise<void>((done) => {
        const once = this.told.event(() => (once.dispose(), done()));
      });
    }
  }
}

/** Previews stand beside the text; the client would put them over it. */
const showDocument: ShowDocumentRequest.MiddlewareSignature = async (params, token, next) => {
  if (!params.uri.startsWith("llada-edit:")) return next(params, token);
  const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
  await vscode.window.showTextDocument(vscode.Uri.parse(params.uri), where);
  return { success: true };
};
