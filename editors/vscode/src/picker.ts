// Proposals to choose from: they appear while they are written, are shown in the text, and go into it when chosen.

import * as vscode from "vscode";
import { apply, CHANGED, type Edit } from "./edits.ts";
import { explain } from "./errors.ts";
import { range } from "./orders.ts";
import { Preview } from "./preview.ts";
import { type Denoised, type Order, PROPOSE, type Proposal, type Proposals, REJECT, type Token } from "./protocol.ts";
import type { Server } from "./server.ts";
import { shown, summary } from "./words.ts";

/** A line of the list: a text that can be put in, or something to ask for instead. */
interface Line extends vscode.QuickPickItem {
  edits?: Edit[];
  order?: Order;
  /** Of which job the text is, and which one of its texts. */
  proposal?: { job: string; candidate: number };
}

const NEVER: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("trash"), tooltip: "Do not offer this text again" };

const STRENGTHS = ["touch-up", "rephrase", "rewrite"];
const WIDTH = 120;
let jobs = 0;

/** What the list is for. */
export interface Purpose {
  title: string;
  /** Whether there can be more and less of it. */
  strength: boolean;
}

/** One list, open from the order to the choice. */
export class Picker {
  private static open: Picker | undefined;
  private readonly list = vscode.window.createQuickPick<Line>();
  private readonly preview: Preview;
  private readonly closed: Promise<void>;
  private readonly server: Server;
  private readonly editor: vscode.TextEditor;
  private readonly purpose: Purpose;
  private asked: vscode.CancellationTokenSource | undefined;
  private job = "";

  private constructor(server: Server, editor: vscode.TextEditor, purpose: Purpose) {
    [this.server, this.editor, this.purpose] = [server, editor, purpose];
    this.preview = new Preview(editor);
    this.list.title = purpose.title;
    choosing(true);
    const listening = [
      server.onStep((step) => this.step(step)),
      this.list.onDidChangeActive(([line]) => this.look(line)),
      this.list.onDidAccept(() => this.accept()),
      this.list.onDidTriggerItemButton(({ item }) => this.refuse(item)),
      vscode.workspace.onDidChangeTextDocument((event) => this.changed(event)),
    ];
    this.closed = new Promise((done) => {
      this.list.onDidHide(() => {
        this.asked?.cancel();
        vscode.Disposable.from(...listening, this.preview, this.list).dispose();
        Picker.open = undefined;
        choosing(false);
        done();
      });
    });
  }

  /** Show the list for an order until a text is chosen or the user leaves it. */
  static show(server: Server, editor: vscode.TextEditor, order: Order, purpose: Purpose): Promise<void> {
    Picker.close();
    const picker = (Picker.open = new Picker(server, editor, purpose));
    picker.list.show();
    void picker.ask(order);
    return picker.closed;
  }

  /** Have the text that is looked at never offered again here. */
  static refuse(): void {
    Picker.open?.refuse(Picker.open.list.activeItems[0]);
  }

  /** Leave the list that is open, and stop what is written for it. */
  static close(): void {
    Picker.open?.list.hide();
  }

  private async ask(order: Order): Promise<void> {
    const asked = (this.asked = new vscode.CancellationTokenSource());
    this.job = `vscode-${++jobs}`;
    this.list.busy = true;
    this.list.placeholder = "Writing… Escape stops it";
    this.list.items = [];
    try {
      const client = await this.server.client();
      const found = await client?.sendRequest(PROPOSE, { ...order, job: this.job }, asked.token);
      if (found && !asked.token.isCancellationRequested) this.offer(order, found);
    } catch (error) {
      if (!asked.token.isCancellationRequested) {
        this.list.hide();
        explain(error);
      }
    }
    if (this.asked === asked) this.list.busy = false;
  }

  private step({ job, spans }: Denoised): void {
    if (job !== this.job || !this.list.busy) return;
    const label = spans.map(({ text }) => shown(text)).join(" … ");
    this.list.items = [{ label: cut(label), description: "writing…", alwaysShow: true }];
    this.preview.live(spans.map((span) => ({ range: range(span.range), text: span.text })));
  }

  private offer(order: Order, { version, job, proposals }: Proposals): void {
    if (version !== this.editor.document.version) return; // the change has closed the list
    const texts = proposals.map((one, candidate) => {
      return { ...this.line(order, one), proposal: { job, candidate }, buttons: [NEVER] };
    });
    const other: Line = { label: "Other texts…", order: { ...order, seed: (order.seed ?? 0) + 1 } };
    const more = [other, ...(this.purpose.strength ? strengths(order) : [])];
    const line = { label: "", kind: vscode.QuickPickItemKind.Separator };
    this.lay([...texts, line, ...more.map((one) => ({ ...one, alwaysShow: true }))]);
  }

  /** Show lines with the first of them looked at. */
  private lay(lines: Line[], at = 0): void {
    const some = lines.some((one) => one.edits);
    this.list.placeholder = some ? "Choose a text" : "The model finds no other wording here";
    this.list.items = lines;
    const first = some ? lines.filter((one) => one.edits).at(at) ?? lines[0] : undefined;
    this.list.activeItems = first ? [first] : [];
    this.look(first);
  }

  private refuse(line: Line | undefined): void {
    if (!line?.proposal) return;
    void this.server.client().then((client) => client?.sendNotification(REJECT, line.proposal));
    const at = this.list.items.indexOf(line);
    this.lay(this.list.items.filter((one) => one !== line), at);
  }

  private line({ op }: Order, { edits }: Proposal): Line {
    const label = cut(edits.map((edit) => shown(edit.newText)).join(" … ") || "(nothing)");
    const sure = probability(edits.flatMap((edit) => edit.tokens));
    const made = edits.map((edit) => ({ range: range(edit.range), text: edit.newText }));
    const differs = made.map((edit) => summary(this.editor.document.getText(edit.range), edit.text));
    const line: Line = { label, edits: made, ...(sure && { description: sure }) };
    return op === "fill" ? line : { ...line, detail: differs.filter(Boolean).join(" · ") };
  }

  private look(line: Line | undefined): void {
    if (this.list.busy && !line?.edits) return;
    if (line?.edits) this.preview.difference(line.edits);
    else this.preview.clear();
  }

  private accept(): void {
    const [line] = this.list.activeItems;
    if (line?.order) {
      this.preview.clear();
      void this.ask(line.order);
    } else if (line?.edits) {
      const { document } = this.editor;
      const { version } = document;
      this.list.hide();
      void apply(document, version, line.edits);
    }
  }

  private changed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (document !== this.editor.document || !contentChanges.length) return;
    this.list.hide();
    void vscode.window.showWarningMessage(CHANGED);
  }
}

/** Tell the conditions of keys whether texts are offered. */
function choosing(now: boolean): void {
  void vscode.commands.executeCommand("setContext", "llada-edit.choosing", now);
}

function strengths(order: Order): Line[] {
  const set = vscode.workspace.getConfiguration("lladaEdit").get<string>("strength", "rephrase");
  const at = STRENGTHS.indexOf(String(order.strength ?? set));
  const [less, more] = [STRENGTHS[at - 1], STRENGTHS[at + 1]];
  return [
    ...(more ? [{ label: "Stronger…", order: { ...order, strength: more } }] : []),
    ...(less ? [{ label: "Weaker…", order: { ...order, strength: less } }] : []),
  ];
}

/** The geometric mean of the probabilities that the model gave what it wrote. */
function probability(tokens: Token[]): string {
  if (!tokens.length) return "";
  const mean = tokens.reduce((sum, token) => sum + Math.log(Math.max(token.probability, 1e-12)), 0) / tokens.length;
  return `${Math.round(100 * Math.exp(mean))} %`;
}

function cut(text: string): string {
  return text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text;
}
