/** The editor component: text, history, marks of holes, and edits that are one step to undo. */

import { defaultKeymap, history, historyKeymap, isolateHistory, undo } from "@codemirror/commands";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, Prec, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, drawSelection, highlightSpecialChars, keymap } from "@codemirror/view";
import { type Shown, live, show } from "../../common/live";
import type { Span } from "../../common/text";

const markHoles = StateEffect.define<readonly Span[]>();
const hole = Decoration.mark({ class: "hole" });

const holes = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(markHoles)) continue;
      const builder = new RangeSetBuilder<Decoration>();
      for (const { from, to } of effect.value) builder.add(from, to, hole);
      next = builder.finish();
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export interface Keys { [key: string]: () => void }

export class Editor {
  private readonly view: EditorView;

  constructor(
    place: HTMLElement,
    private readonly nonce: string,
    private readonly keys: Keys,
    private readonly changed: () => void,
  ) {
    this.view = new EditorView({ parent: place, state: this.state("") });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Another document, with a history of its own. */
  set text(text: string) {
    this.view.setState(this.state(text));
  }

  get selection(): Span {
    const { from, to } = this.view.state.selection.main;
    return { from, to };
  }

  markHoles(spans: readonly Span[]): void {
    this.view.dispatch({ effects: markHoles.of(spans) });
  }

  /** Show something in place; the text stays as it is. */
  show(parts: readonly Shown[]): void {
    const first = parts[0];
    const effects: StateEffect<unknown>[] = [show.of(parts)];
    if (first) effects.push(EditorView.scrollIntoView(first.from, { y: "nearest", yMargin: 40 }));
    this.view.dispatch({ effects });
  }

  /** Replace parts of the text, in one step to undo. */
  apply(edits: readonly (Span & { text: string })[]): void {
    const changes = this.view.state.changes(edits.map(({ from, to, text }) => ({ from, to, insert: this.view.state.toText(text) })));
    const last = edits.at(-1);
    this.view.dispatch({
      changes,
      selection: { anchor: last ? changes.mapPos(last.to, 1) : 0 },
      annotations: isolateHistory.of("full"),
      userEvent: "input.llada",
      scrollIntoView: true,
    });
    this.view.focus();
  }

  undo(): void {
    undo(this.view);
    this.view.focus();
  }

  focus(): void {
    this.view.focus();
  }

  private state(text: string): EditorState {
    const own = Object.entries(this.keys).map(([key, run]) => ({ key, run: () => (run(), true) }));
    return EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(this.nonce),
        // A lone \r is a sign like others, so that a file with mixed line ends keeps them.
        text.includes("\r") ? EditorState.lineSeparator.of("\n") : [],
        Prec.high(keymap.of(own)),
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
        history(),
        search({ top: true }),
        drawSelection(),
        highlightSpecialChars(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Text", spellcheck: "true" }),
        EditorView.updateListener.of((update) => update.docChanged && this.changed()),
        holes,
        live,
      ],
    });
  }
}
