/** The list of proposals: a listbox that is worked with keys or a pointer. Knows neither texts nor the server. */

import type { Piece } from "../../common/diff";

export interface Choice {
  pieces: Piece[];
  /** Behind the text, such as a probability. */
  note?: string;
}

export interface Answers {
  /** One is looked at. */
  look(index: number): void;
  take(index: number): void;
  keep(): void;
  /** One is not to be offered again; without this none can be refused. */
  refuse?(index: number): void;
}

const TAGS = { same: "span", old: "del", new: "ins" } as const;

export class Choices {
  private readonly panel = element("choices");
  private readonly title = element("choices-title");
  private readonly list = element("choices-list");
  private answers?: Answers;
  private at = 0;

  constructor() {
    this.list.addEventListener("keydown", (event) => this.key(event));
    element("keep").addEventListener("click", () => this.answers?.keep());
  }

  get shown(): boolean {
    return !this.panel.hidden;
  }

  show(title: string, choices: Choice[], answers: Answers): void {
    this.answers = answers;
    this.title.textContent = title;
    this.list.replaceChildren(...choices.map((choice, index) => this.option(choice, index)));
    this.panel.hidden = false;
    this.look(0);
    this.list.focus({ preventScroll: true });
    this.panel.scrollTop = 0;
  }

  hide(): void {
    this.answers = undefined;
    this.panel.hidden = true;
    this.list.replaceChildren();
  }

  private option({ pieces, note }: Choice, index: number): HTMLElement {
    const option = document.createElement("li");
    option.id = `choice-${index}`;
    option.role = "option";
    const text = document.createElement("span");
    for (const piece of pieces) {
      const part = document.createElement(TAGS[piece.kind]);
      part.textContent = piece.text;
      text.append(part);
    }
    option.append(text);
    if (note) {
      const small = document.createElement("small");
      small.textContent = note;
      option.append(small);
    }
    if (this.answers?.refuse) option.append(this.bin(index));
    option.addEventListener("pointermove", () => this.look(index));
    option.addEventListener("click", () => this.answers?.take(index));
    return option;
  }

  /** For a pointer; those who have none press Delete. */
  private bin(index: number): HTMLElement {
    const bin = document.createElement("span");
    bin.className = "bin";
    bin.ariaHidden = "true";
    bin.title = "Do not offer this again (Delete)";
    bin.textContent = "✕";
    bin.addEventListener("click", (event) => (event.stopPropagation(), this.answers?.refuse?.(index)));
    return bin;
  }

  private look(index: number): void {
    const options = [...this.list.children];
    this.at = Math.max(0, Math.min(index, options.length - 1));
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === this.at)));
    this.list.setAttribute("aria-activedescendant", `choice-${this.at}`);
    options[this.at]?.scrollIntoView({ block: "nearest" });
    this.answers?.look(this.at);
  }

  private key(event: KeyboardEvent): void {
    const last = this.list.children.length - 1;
    const moves: Record<string, number> = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, Home: 0, End: last };
    const move = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (move !== undefined) this.look(move);
    else if (event.key === "Enter" || event.key === " ") this.answers?.take(this.at);
    else if (event.key === "Delete") this.answers?.refuse?.(this.at);
    else if (/^[1-9]$/.test(event.key) && Number(event.key) <= last + 1) this.answers?.take(Number(event.key) - 1);
    else return;
    event.preventDefault();
  }
}

export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}
