/** The Obsidian plug-in: commands for the note at hand, over the WebSocket of `llada-edit lsp --ws`. */

import type { EditorView } from "@codemirror/view";
import { type Editor, FileSystemAdapter, type MarkdownFileInfo, type MarkdownView, Notice, Plugin } from "obsidian";
import { Client, type Glimpse, type Order, type Paper } from "../common/client";
import { describe } from "../common/diff";
import { live, show } from "../common/live";
import { NOTHING, NO_HOLE, STALE, nearest, percent, reason } from "../common/say";
import type { Span } from "../common/text";
import { type Choice, Choices } from "./choices";
import { DEFAULTS, type Settings, SettingsTab } from "./settings";

type Info = MarkdownView | MarkdownFileInfo;
type Edits = (Span & { text: string })[];
const WORDS = 8;

export default class LladaEdit extends Plugin {
  override settings: Settings = DEFAULTS;
  private client?: Promise<Client>;
  private paper?: Paper;
  private work?: AbortController;
  private bar?: HTMLElement;

  override async onload(): Promise<void> {
    this.settings = { ...DEFAULTS, ...(await this.loadData()) };
    this.addSettingTab(new SettingsTab(this.app, this));
    this.registerEditorExtension(live);
    this.bar = this.addStatusBarItem();
    this.registerEvent(this.app.workspace.on("editor-change", (editor, info) => this.changed(editor, info)));
    this.command("fill-hole", "Fill this hole", (editor, info) => this.fill(editor, info, false));
    this.command("fill-all", "Fill all holes", (editor, info) => this.fill(editor, info, true));
    this.command("rewrite", "Rewrite the selection or sentence", (editor, info) => this.rewrite(editor, info));
    this.command("alternatives", "Other words for this word", (editor, info) => this.alternatives(editor, info));
    this.addCommand({ id: "stop", name: "Stop writing", callback: () => this.work?.abort() });
  }

  override onunload(): void {
    this.disconnect();
  }

  async saveSettings(): Promise<void> {
    await this.saveData(this.settings);
    this.disconnect();
  }

  private command(id: string, name: string, run: (editor: Editor, info: Info) => Promise<void>): void {
    this.addCommand({ id, name, editorCallback: (editor, info) => void run(editor, info) });
  }

  private async fill(editor: Editor, info: Info, all: boolean): Promise<void> {
    await this.run(editor, info, async (paper, signal) => {
      const holes = await paper.holes();
      const hole = nearest(holes, selection(editor));
      if (!hole) return void new Notice(NO_HOLE);
      await this.propose(editor, paper, { op: "fill", n: this.settings.n }, all ? holes : [hole], signal);
    });
  }

  private async rewrite(editor: Editor, info: Info): Promise<void> {
    const found = await this.run(editor, info, async () => (await this.connected()).operations());
    if (!found) return;
    const choices = [...found, { op: "reword", title: "In other words", detail: "" }].map(({ op, title, detail }): Choice<string> => ({
      pieces: [{ text: title, kind: "same" }], note: detail, value: op,
    }));
    const go = (op: string) => this.run(editor, info, (paper, signal) =>
      this.propose(editor, paper, { op, n: this.settings.n }, [selection(editor)], signal));
    new Choices(this.app, "How to rewrite it", choices, (op) => void go(op)).open();
  }

  private async alternatives(editor: Editor, info: Info): Promise<void> {
    await this.run(editor, info, async (paper, signal) => {
      const text = paper.text;
      const { from, to, words } = await paper.alternatives(selection(editor).from, WORDS, signal);
      const choices = words.map(({ text: word, probability }): Choice<Edits> => ({
        pieces: [{ text: word || "(nothing)", kind: "new" }], note: percent(probability), value: [{ from, to, text: word }],
      }));
      this.choose(editor, text, "Words that fit here", choices);
    });
  }

  private async propose(editor: Editor, paper: Paper, order: Order, spans: Span[], signal: AbortSignal): Promise<void> {
    const text = paper.text;
    const onStep = (glimpses: Glimpse[]) => !signal.aborted && view(editor)?.dispatch({ effects: show.of(glimpses) });
    const proposals = await paper.propose(order, spans, signal, onStep);
    const choices = proposals.map(({ edits }): Choice<Edits> => ({ pieces: describe(text, order.op, edits), value: edits }));
    this.choose(editor, text, "What could stand there", choices);
  }

  private choose(editor: Editor, text: string, title: string, choices: Choice<Edits>[]): void {
    const [first] = choices;
    if (!first) new Notice(NOTHING);
    else if (this.settings.n === 1 && choices.length === 1) apply(editor, text, first.value);
    else new Choices(this.app, title, choices, (edits) => apply(editor, text, edits)).open();
  }

  /** One piece of work at a time. */
  private async run<T>(editor: Editor, info: Info, work: (paper: Paper, signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    this.work?.abort();
    const own = (this.work = new AbortController());
    try {
      return await work(await this.open(editor, info), own.signal);
    } catch (error) {
      if (this.work === own) new Notice(reason(error));
      return undefined;
    } finally {
      if (this.work === own) view(editor)?.dispatch({ effects: show.of([]) });
    }
  }

  private async open(editor: Editor, info: Info): Promise<Paper> {
    const client = await this.connected();
    const uri = `${this.place() ?? "vault:///"}/${encodeURI(info.file?.path ?? "note.md")}`;
    if (this.paper?.uri !== uri) {
      this.paper?.close();
      this.paper = client.open(uri, "markdown", editor.getValue());
    }
    this.paper.update(editor.getValue());
    return this.paper;
  }

  private changed(editor: Editor, info: Info): void {
    if (info.file && this.paper?.uri.endsWith(`/${encodeURI(info.file.path)}`)) this.paper.update(editor.getValue());
  }

  private connected(): Promise<Client> {
    if (this.client) return this.client;
    const client = (this.client = this.connect());
    const gone = () => {
      if (this.client !== client) return;
      this.client = this.paper = undefined;
      this.bar?.setText("llada-edit: not connected");
    };
    client.then(({ closed }) => closed).then(gone, gone);
    return client;
  }

  private connect(): Promise<Client> {
    return Client.connect({
      address: `${this.settings.address.replace(/\/+$/, "")}/${this.settings.token}`,
      name: "Obsidian",
      place: this.place(),
      onStatus: ({ kind, message }) => this.bar?.setText(`llada-edit: ${message || kind}`),
      onMessage: (text) => new Notice(text),
    });
  }

  private disconnect(): void {
    this.work?.abort();
    void this.client?.then((client) => client.close(), () => undefined);
    this.client = this.paper = undefined;
  }

  /** The folder of the vault, whose llada-edit.toml counts. */
  private place(): string | null {
    const { adapter } = this.app.vault;
    if (!(adapter instanceof FileSystemAdapter)) return null;
    const path = adapter.getBasePath().replaceAll("\\", "/");
    return `file://${path.startsWith("/") ? "" : "/"}${encodeURI(path)}`;
  }
}

function selection(editor: Editor): Span {
  return { from: editor.posToOffset(editor.getCursor("from")), to: editor.posToOffset(editor.getCursor("to")) };
}

/** Put edits in, in one step to undo; they are for the text as it was. */
function apply(editor: Editor, text: string, edits: Edits): void {
  if (editor.getValue() !== text) return void new Notice(STALE);
  editor.transaction({
    changes: edits.map(({ from, to, text: insert }) => ({ from: editor.offsetToPos(from), to: editor.offsetToPos(to), text: insert })),
  });
}

/** The editor component below, which Obsidian does not type but documents. */
function view(editor: Editor): EditorView | undefined {
  return (editor as Editor & { cm?: EditorView }).cm;
}
