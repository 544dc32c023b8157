/** A session with the language server: its documents, and the `llada/*` methods (docs/language-server.md). */

import { Connection } from "./rpc";
import { type Range, type Span, Lines, difference } from "./text";

export interface Order {
  op: string;
  n?: number;
  seed?: number;
  strength?: number | string;
  length?: string;
  keep?: string[];
}
export interface Token { text: string; probability: number }
export interface Edit extends Span { text: string; tokens: Token[] }
export interface Proposal {
  edits: Edit[];
  score: number;
  /** Have it not offered again at this place, until the session ends. */
  refuse(): void;
}
/** One part of an order while it is being written; `masked` are the parts of `text` that are not there yet. */
export interface Glimpse extends Span { text: string; masked: [number, number][] }
export interface Words extends Span { words: Token[] }
export interface Operation { op: string; title: string; detail: string; strength: boolean }
export interface Status { kind: "loading" | "ready" | "busy" | "off" | "error"; model: string; device: string; message: string }

export interface Setup {
  address: string;
  name: string;
  /** Address of the folder whose settings count. */
  place?: string | null;
  /** Settings that count more than those of the folder. */
  settings?: object;
  onStatus(status: Status): void;
  onMessage(text: string): void;
  /** Put in what the server writes by itself, if the text is still the one that it is for; whether that was done. */
  onEdit?(edits: (Span & { text: string })[], text: string): boolean;
}

interface WireChanges { edit: { documentChanges?: { textDocument: { uri: string; version: number | null }; edits: WireEdit[] }[] } }
interface WireEdit { range: Range; newText: string; tokens: Token[] }
interface WireGlimpse { range: Range; text: string; masked: [number, number][] }
type Watch = (spans: WireGlimpse[]) => void;

export class Client {
  private readonly watches = new Map<string, Watch>();
  private readonly papers = new Map<string, Paper>();
  private jobs = 0;

  private constructor(private readonly connection: Connection) {
    connection.on("llada/denoise", ({ job, spans }) => this.watches.get(job)?.(spans));
  }

  get closed(): Promise<string> {
    return this.connection.closed;
  }

  static async connect({ address, name, place = null, settings = {}, onStatus, onMessage, onEdit }: Setup): Promise<Client> {
    const connection = await Connection.open(address);
    const client = new Client(connection);
    connection.on("llada/status", onStatus);
    connection.on("window/showMessage", ({ message }) => onMessage(message));
    if (onEdit) connection.answer("workspace/applyEdit", (params) => ({ applied: client.edited(params, onEdit) }));
    await connection.request("initialize", {
      processId: null,
      clientInfo: { name },
      rootUri: place,
      initializationOptions: settings,
      capabilities: {
        textDocument: { codeAction: { disabledSupport: true } },
        workspace: onEdit ? { applyEdit: true, workspaceEdit: { documentChanges: true } } : {},
        experimental: { lladaEdit: { denoise: true, status: true } },
      },
    });
    connection.notify("initialized", {});
    onStatus(await client.status());
    return client;
  }

  status(): Promise<Status> {
    return this.connection.request("llada/getStatus", {});
  }

  async operations(): Promise<Operation[]> {
    return (await this.connection.request("llada/operations", {})).operations;
  }

  open(uri: string, language: string, text: string): Paper {
    const paper = new Paper(this.connection, this, uri, language, text);
    this.papers.set(uri, paper);
    return paper;
  }

  /** Run a command of the server. */
  run(name: string, argument: object = {}): Promise<unknown> {
    return this.connection.request("workspace/executeCommand", { command: `lladaEdit.${name}`, arguments: [argument] });
  }

  private edited({ edit }: WireChanges, apply: NonNullable<Setup["onEdit"]>): boolean {
    const [change] = edit.documentChanges ?? [];
    const paper = change && this.papers.get(change.textDocument.uri);
    const spans = change && paper?.spans(change.edits, change.textDocument.version);
    return !!spans && apply(spans, paper!.text);
  }

  close(): void {
    this.connection.close();
  }

  /** Run a request whose steps are watched. */
  async watched<T>(watch: Watch, run: (job: string) => Promise<T>): Promise<T> {
    const job = `job ${++this.jobs}`;
    this.watches.set(job, watch);
    try {
      return await run(job);
    } finally {
      this.watches.delete(job);
    }
  }
}

/** An open document. Its text is the one last given to `update`; answers are for that text. */
export class Paper {
  private lines: Lines;
  private version = 1;

  constructor(
    private readonly connection: Connection,
    private readonly client: Client,
    readonly uri: string,
    language: string,
    text: string,
  ) {
    this.lines = new Lines(text);
    connection.notify("textDocument/didOpen", { textDocument: { uri, languageId: language, version: this.version, text } });
  }

  get text(): string {
    return this.lines.text;
  }

  update(text: string): void {
    if (text === this.text) return;
    const change = difference(this.text, text);
    const range = this.lines.range(change);
    this.lines = new Lines(text);
    const textDocument = { uri: this.uri, version: ++this.version };
    this.connection.notify("textDocument/didChange", { textDocument, contentChanges: [{ range, text: change.insert }] });
  }

  /** Where the holes are: the server knows the marker. */
  async holes(): Promise<Span[]> {
    const lines = this.lines;
    const lenses = await this.connection.request("textDocument/codeLens", { textDocument: { uri: this.uri } });
    return (lenses ?? [])
      .filter(({ command }: { command: Command }) => command.command === "lladaEdit.fill" && command.arguments[0]?.ranges.length === 1)
      .map(({ range }: { range: Range }) => lines.span(range));
  }

  /** Why a hole of the text cannot be read; nothing where all can. */
  async problem(): Promise<string | undefined> {
    const { lines, uri } = this;
    const params = { textDocument: { uri }, range: lines.range({ from: 0, to: lines.text.length }), context: { diagnostics: [] } };
    const actions: { disabled?: { reason: string } }[] = (await this.connection.request("textDocument/codeAction", params)) ?? [];
    return actions.find(({ disabled }) => disabled)?.disabled?.reason;
  }

  /** Proposals for an order, best first; `onStep` sees every step. */
  propose(order: Order, spans: Span[], signal: AbortSignal, onStep: (glimpses: Glimpse[]) => void): Promise<Proposal[]> {
    const { lines, version, uri } = this;
    const watch: Watch = (seen) => onStep(seen.map(({ range, text, masked }) => ({ ...lines.span(range), text, masked })));
    return this.client.watched(watch, async (job) => {
      const ranges = spans.map((span) => lines.range(span));
      const found = await this.connection.request("llada/propose", { ...order, uri, ranges, version, job }, signal);
      return found.proposals.map(({ edits, score }: { edits: WireEdit[]; score: number }, candidate: number) => ({
        edits: edits.map(({ range, newText, tokens }) => ({ ...lines.span(range), text: newText, tokens })),
        score,
        refuse: () => this.connection.notify("llada/didReject", { job, candidate }),
      }));
    });
  }

  /** Words that fit in place of the one at an offset. */
  async alternatives(offset: number, k: number, signal: AbortSignal): Promise<Words> {
    const lines = this.lines;
    const params = { textDocument: { uri: this.uri, version: this.version }, position: lines.position(offset), k };
    const { range, words } = await this.connection.request("llada/alternatives", params, signal);
    return { ...lines.span(range), words };
  }

  /** Another text in place of the one that was written last; it comes as an edit. */
  async another(): Promise<void> {
    await this.client.run("another", { uri: this.uri });
  }

  /** Words of the text that was written last that stay in another one; without spans all change again. What is pinned. */
  async pin(spans: Span[]): Promise<string[]> {
    const ranges = spans.map((span) => this.lines.range(span));
    return (await this.client.run(spans.length ? "pin" : "unpin", { uri: this.uri, ranges })) as string[];
  }

  /** Edits as spans of the text, if they are for this version of it. */
  spans(edits: WireEdit[], version: number | null): (Span & { text: string })[] | undefined {
    if (version !== this.version) return undefined;
    return edits.map(({ range, newText }) => ({ ...this.lines.span(range), text: newText }));
  }

  close(): void {
    this.connection.notify("textDocument/didClose", { textDocument: { uri: this.uri } });
  }
}

interface Command { command: string; arguments: { ranges: Range[] }[] }
