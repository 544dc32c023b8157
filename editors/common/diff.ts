/** Two texts as pieces for people: what stays, what goes, what comes; by words. */

import { diffWordsWithSpace } from "diff";
import type { Span } from "./text";

export interface Piece { text: string; kind: "same" | "old" | "new" }

export function wordDiff(before: string, after: string): Piece[] {
  return diffWordsWithSpace(before, after).map(({ value, added, removed }) => ({
    text: value,
    kind: added ? "new" : removed ? "old" : "same",
  }));
}

/** An edit of a text as edits of the words that differ. */
export function differences(text: string, { from, to, text: insert }: Span & { text: string }): (Span & { text: string })[] {
  const made: (Span & { text: string })[] = [];
  let at = from;
  for (const { kind, text: piece } of wordDiff(text.slice(from, to), insert)) {
    const last = made.at(-1);
    if (kind === "new" && last?.to === at) last.text += piece;
    else if (kind === "new") made.push({ from: at, to: at, text: piece });
    else if (kind === "old") made.push({ from: at, to: at + piece.length, text: "" });
    if (kind !== "new") at += piece.length;
  }
  return made;
}

/** A new text between the words that stand left and right of it on its line. */
export function inContext(text: string, from: number, to: number, insert: string, width: number): Piece[] {
  const left = text.slice(0, from).split(/\r\n|\n|\r/).at(-1) ?? "";
  const right = text.slice(to).split(/\r\n|\n|\r/, 1)[0] ?? "";
  const before = left.length > width ? `…${left.slice(-width).replace(/^\S*/, "")}` : left;
  const after = right.length > width ? `${right.slice(0, width).replace(/\S*$/, "")}…` : right;
  const pieces: Piece[] = [{ text: before, kind: "same" }, { text: insert, kind: "new" }, { text: after, kind: "same" }];
  return pieces.filter((piece) => piece.text);
}

/** The edits of a proposal: fillings in their place, other wordings as differences. */
export function describe(text: string, op: string, edits: readonly (Span & { text: string })[]): Piece[] {
  const between: Piece = { text: "\n", kind: "same" };
  const width = edits.length > 1 ? 14 : 24;
  return edits.flatMap(({ from, to, text: insert }, index) => [
    ...(index ? [between] : []),
    ...(op === "fill" ? inContext(text, from, to, insert, width) : wordDiff(text.slice(from, to), insert)),
  ]);
}
