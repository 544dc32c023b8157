/** A list to choose from: proposals with their differences, words, operations. */

import { type App, SuggestModal } from "obsidian";
import type { Piece } from "../common/diff";

export interface Choice<T> {
  pieces: Piece[];
  note?: string;
  value: T;
}

const TAGS = { same: "span", old: "del", new: "ins" } as const;

export class Choices<T> extends SuggestModal<Choice<T>> {
  constructor(app: App, title: string, private readonly choices: Choice<T>[], private readonly take: (value: T) => void) {
    super(app);
    this.setPlaceholder(title);
    this.setInstructions([
      { command: "↑↓", purpose: "look" },
      { command: "↵", purpose: "take" },
      { command: "esc", purpose: "keep the text" },
    ]);
  }

  override getSuggestions(query: string): Choice<T>[] {
    const wanted = query.toLowerCase();
    return this.choices.filter(({ pieces }) => pieces.some(({ text }) => text.toLowerCase().includes(wanted)));
  }

  override renderSuggestion({ pieces, note }: Choice<T>, place: HTMLElement): void {
    const line = place.createDiv();
    for (const { text, kind } of pieces) line.createEl(TAGS[kind], { text });
    if (note) place.createEl("small", { text: note });
  }

  override onChooseSuggestion({ value }: Choice<T>): void {
    this.take(value);
  }
}
