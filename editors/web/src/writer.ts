/** What is asked of the server, shown while it is written, and put into the text when it is taken. */

import type { Glimpse, Order, Paper, Proposal } from "../../common/client";
import { describe, differences } from "../../common/diff";
import { NOTHING, NO_HOLE, STALE, STOPPED, nearest, percent, reason } from "../../common/say";
import type { Span } from "../../common/text";
import { type Choice, Choices, element } from "./choices";
import type { Editor } from "./editor";

const PAUSE = 150;
const WORDS = 8;

type Change = Span & { text: string };
interface Wish { order: Order; spans: Span[]; title: string }

export class Writer {
  private readonly choices = new Choices();
  private work?: AbortController;
  private timer = 0;
  private last?: Wish;

  constructor(
    private readonly editor: Editor,
    private readonly paper: () => Paper | undefined,
    private readonly say: (text: string) => void,
    private readonly working: (working: boolean) => void,
  ) {
    element("others").addEventListener("click", () => this.others());
  }

  /** Fill the hole that the cursor is in or next to, else the next one. */
  async fillHere(n: number): Promise<void> {
    const holes = await this.holes();
    const hole = nearest(holes, this.editor.selection);
    if (hole) await this.propose({ order: { op: "fill", n }, spans: [hole], title: "What could stand in this hole" });
  }

  async fillAll(n: number): Promise<void> {
    const holes = await this.holes();
    if (holes.length) await this.propose({ order: { op: "fill", n }, spans: holes, title: "What could stand in the holes" });
  }

  async rewrite(op: string, strength: string | undefined, n: number): Promise<void> {
    await this.propose({ order: { op, n, ...(strength && { strength }) }, spans: [this.editor.selection], title: "In other words" });
  }

  /** Other words for the one at the cursor. */
  async words(): Promise<void> {
    await this.run("Looking for other words …", async (paper, signal) => {
      const { from, to, words } = await paper.alternatives(this.editor.selection.from, WORDS, signal);
      const choices = words.map(({ text, probability }): Choice => ({
        pieces: [{ text: text || "(nothing)", kind: "new" }],
        note: percent(probability),
      }));
      return () => this.choose("Words that fit here", choices, words.map(({ text }) => [{ from, to, text }]));
    });
  }

  /** Another text in place of the one that was written last; the server sends it as an edit. */
  async another(): Promise<void> {
    await this.run("Writing …", async (paper) => {
      await paper.another();
      return () => undefined;
    });
  }

  /** Keep the selected words of that text in another one; without a selection, none. */
  async pin(): Promise<void> {
    const { selection } = this.editor;
    const spans = selection.from < selection.to ? [selection] : [];
    this.editor.focus();
    await this.run("", async (paper) => {
      const pinned = (await paper.pin(spans)).map((text) => `“${text}”`).join(", ");
      return () => this.say(pinned ? `Pinned: ${pinned}.` : "Nothing is pinned.");
    });
  }

  /** Put in what the server has written by itself. */
  written(edits: Change[], text: string): boolean {
    if (text !== this.editor.text) return false;
    this.take(edits);
    return true;
  }

  /** Stop what is under way, and take away what is shown. */
  stop(): void {
    if (this.work) this.say(STOPPED);
    this.work?.abort();
    this.work = undefined;
    this.working(false);
    this.editor.show([]);
    if (this.choices.shown) this.editor.focus();
    this.choices.hide();
  }

  /** The text has changed: what is shown is not for it, and holes may stand elsewhere. */
  changed(): void {
    if (this.choices.shown) this.choices.hide();
    clearTimeout(this.timer);
    this.paper()?.update(this.editor.text);
    this.timer = window.setTimeout(() => void this.findHoles().catch(() => undefined), PAUSE);
  }

  private async holes(): Promise<Span[]> {
    const holes = await this.findHoles().catch(() => []);
    if (!holes.length) this.say((await this.paper()?.problem().catch(() => undefined)) ?? NO_HOLE);
    return holes;
  }

  private async findHoles(): Promise<Span[]> {
    const paper = this.paper();
    const text = this.editor.text;
    paper?.update(text);
    const holes = (await paper?.holes()) ?? [];
    if (text !== this.editor.text) return [];
    this.editor.markHoles(holes);
    return holes;
  }

  private others(): void {
    if (!this.last) return;
    const { order, ...rest } = this.last;
    void this.propose({ ...rest, order: { ...order, seed: (order.seed ?? 0) + 1 } });
  }

  private async propose(wish: Wish): Promise<void> {
    this.last = wish;
    await this.run("Writing …", async (paper, signal) => {
      const onStep = (glimpses: Glimpse[]) => !signal.aborted && this.editor.show(glimpses);
      const proposals = await paper.propose(wish.order, wish.spans, signal, onStep);
      return () => this.offer(wish, proposals);
    });
  }

  /** One piece of work at a time; what it finds is for the text as it was at its beginning. */
  private async run(what: string, work: (paper: Paper, signal: AbortSignal) => Promise<() => void>): Promise<void> {
    this.stop();
    const paper = this.paper();
    if (!paper) return this.say("There is no connection to the server.");
    const own = (this.work = new AbortController());
    this.working(true);
    this.say(what);
    const text = this.editor.text;
    paper.update(text);
    try {
      const done = await work(paper, own.signal);
      if (this.work !== own) return;
      this.end();
      if (text === this.editor.text) done();
      else this.say(STALE);
    } catch (error) {
      if (this.work !== own) return;
      this.end();
      this.say(reason(error));
    }
  }

  private end(): void {
    this.work = undefined;
    this.working(false);
    this.editor.show([]);
  }

  private offer(wish: Wish, proposals: Proposal[]): void {
    const { order, title } = wish;
    const [first, second] = proposals;
    if (!first) {
      this.stop();
      this.say(NOTHING);
    } else if (!second && order.n === 1) this.take(first.edits);
    else {
      const text = this.editor.text;
      const choices = proposals.map(({ edits }): Choice => ({ pieces: describe(text, order.op, edits) }));
      const small = order.op === "fill" ? (edit: Change) => [edit] : (edit: Change) => differences(text, edit);
      const edits = proposals.map((one) => one.edits);
      this.choose(title, choices, edits, (one) => one.flatMap(small), (index) => {
        proposals[index]?.refuse();
        this.offer(wish, proposals.filter((_, other) => other !== index));
      });
    }
    element("others").hidden = false;
  }

  /** Let one be chosen; it is looked at as edits of its own, in the text that stays as it is. */
  private choose(
    title: string, choices: Choice[], edits: Change[][], looks = (one: Change[]) => one, refuse?: (index: number) => void,
  ): void {
    element("others").hidden = true;
    this.say(`${choices.length} to choose from.`);
    this.choices.show(title, choices, {
      look: (index) => this.editor.show(looks(edits[index] ?? [])),
      take: (index) => this.take(edits[index] ?? []),
      ...(refuse && { refuse }),
      keep: () => this.stop(),
    });
  }

  private take(edits: Change[]): void {
    this.choices.hide();
    this.editor.apply(edits);
    this.say("Done; one Undo takes it back.");
  }
}
