/** Offsets in a text and the protocol's positions in UTF-16 units; the smallest change between two texts. */

export interface Position { line: number; character: number }
export interface Range { start: Position; end: Position }
/** Half-open, in UTF-16 units of a text. */
export interface Span { from: number; to: number }
export interface Change extends Span { insert: string }

/** A text by lines, which end at \n, \r\n and \r and nowhere else. */
export class Lines {
  private readonly starts = [0];

  constructor(readonly text: string) {
    for (const found of text.matchAll(/\r\n|\n|\r/g)) this.starts.push(found.index + found[0].length);
  }

  position(offset: number): Position {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: offset - this.start(low) };
  }

  range({ from, to }: Span): Range {
    return { start: this.position(from), end: this.position(to) };
  }

  /** The offset of a position; one outside the text is moved to its end. */
  offset({ line, character }: Position): number {
    if (line >= this.starts.length) return this.text.length;
    const next = line + 1 < this.starts.length ? this.start(line + 1) : this.text.length;
    return Math.min(this.start(line) + character, next);
  }

  span({ start, end }: Range): Span {
    return { from: this.offset(start), to: this.offset(end) };
  }

  private start(line: number): number {
    return this.starts[line] as number;
  }
}

/** What makes one text of another, as one replacement that cuts no character and no line end in two. */
export function difference(before: string, after: string): Change {
  const shared = Math.min(before.length, after.length);
  let from = 0;
  while (from < shared && before[from] === after[from]) from++;
  if (joined(before, from) || joined(after, from)) from--;
  let tail = 0;
  while (tail < shared - from && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  if (tail > 0 && (joined(before, before.length - tail) || joined(after, after.length - tail))) tail--;
  return { from, to: before.length - tail, insert: after.slice(from, after.length - tail) };
}

/** Whether an offset lies inside a character of two units, or inside \r\n. */
function joined(text: string, at: number): boolean {
  return /^(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|\r\n)$/.test(text.slice(Math.max(0, at - 1), at + 1));
}
