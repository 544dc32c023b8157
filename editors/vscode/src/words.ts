// What differs between two texts, in whole words. Knows nothing of editors.

/** `before` from `start` to `end` becomes `text`. */
export interface Change {
  start: number;
  end: number;
  text: string;
}

const PIECES = /\s+|[\p{L}\p{M}\p{N}_'’]+|[^\s\p{L}\p{M}\p{N}_'’]/gu;
/** Largest table of pieces times pieces; beyond it the whole text counts as changed. */
const LARGEST = 4_000_000;

/** The changes that make one text of the other, from left to right; only blanks between two words join them. */
export function changes(before: string, after: string): Change[] {
  const old = before.match(PIECES) ?? [];
  const young = after.match(PIECES) ?? [];
  let head = 0;
  while (head < old.length && head < young.length && old[head] === young[head]) head++;
  let tail = 0;
  const most = Math.min(old.length, young.length) - head;
  while (tail < most && old[old.length - 1 - tail] === young[young.length - 1 - tail]) tail++;
  const start = old.slice(0, head).join("").length;
  const inner = compared(old.slice(head, old.length - tail), young.slice(head, young.length - tail), start);
  return joined(before, inner);
}

/** The changes as a line to read: `long → lengthy · + very · − quite`. */
export function summary(before: string, after: string): string {
  return changes(before, after)
    .map((change) => {
      const [old, young] = [shown(before.slice(change.start, change.end)), shown(change.text)];
      return old && young ? `${old} → ${young}` : young ? `+ ${young}` : `− ${old}`;
    })
    .join(" · ");
}

/** A text on one line. */
export function shown(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

function compared(old: string[], young: string[], start: number): Change[] {
  if (!old.length && !young.length) return [];
  if (old.length * young.length > LARGEST) {
    return [{ start, end: start + old.join("").length, text: young.join("") }];
  }
  const common = longest(old, young);
  const width = young.length + 1;
  const found: Change[] = [];
  let [i, j, at] = [0, 0, start];
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && old[i] === young[j]) {
      at += old[i]!.length;
      i++;
      j++;
      continue;
    }
    const change = { start: at, end: at, text: "" };
    while ((i < old.length || j < young.length) && (i >= old.length || j >= young.length || old[i] !== young[j])) {
      if (j >= young.length || (i < old.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
        change.end = at += old[i++]!.length;
      } else {
        change.text += young[j++]!;
      }
    }
    found.push(change);
  }
  return found;
}

/** Lengths of the longest common subsequences of what follows: row i and column j of a table with one more of each. */
function longest(old: string[], young: string[]): Uint32Array {
  const width = young.length + 1;
  const table = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = young.length - 1; j >= 0; j--) {
      const at = i * width + j;
      table[at] = old[i] === young[j] ? table[at + width + 1]! + 1 : Math.max(table[at + width]!, table[at + 1]!);
    }
  }
  return table;
}

function joined(before: string, found: Change[]): Change[] {
  const made: Change[] = [];
  for (const change of found) {
    const last = made.at(-1);
    const between = last && before.slice(last.end, change.start);
    if (last && between !== undefined && !between.trim()) {
      made[made.length - 1] = { start: last.start, end: change.end, text: last.text + between + change.text };
    } else {
      made.push(change);
    }
  }
  return made;
}
