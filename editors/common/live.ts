/** A CodeMirror extension: text shown in place of spans of the document, which stays as it is. */

import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import type { Span } from "./text";

export interface Shown extends Span {
  text: string;
  /** Parts of `text` that are not yet written. */
  masked?: [number, number][];
}

/** Show these in place; none takes them away. */
export const show = StateEffect.define<readonly Shown[]>();

class InPlace extends WidgetType {
  constructor(private readonly shown: Shown) {
    super();
  }

  override eq(other: InPlace): boolean {
    return JSON.stringify(this.shown) === JSON.stringify(other.shown);
  }

  override toDOM(): HTMLElement {
    const { text, masked } = this.shown;
    const all = document.createElement("span");
    all.className = masked ? "llada-shown llada-writing" : "llada-shown";
    let at = 0;
    for (const [from, to] of masked ?? []) {
      const part = document.createElement("span");
      part.className = "llada-masked";
      part.textContent = text.slice(from, to);
      all.append(text.slice(at, from), part);
      at = to;
    }
    all.append(text.slice(at));
    return all;
  }
}

function decorate(parts: readonly Shown[]): DecorationSet {
  const made = parts.map((shown) => {
    const widget = new InPlace(shown);
    if (shown.from === shown.to) return Decoration.widget({ widget, side: 1 }).range(shown.from);
    return Decoration.replace({ widget }).range(shown.from, shown.to);
  });
  return Decoration.set(made, true);
}

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return decorate(effect.value);
    return transaction.docChanged ? Decoration.none : decorations;
  },
  provide: (decorations) => EditorView.decorations.from(decorations),
});

export const live: Extension = field;
