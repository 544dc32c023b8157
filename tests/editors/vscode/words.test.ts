// The comparison of words, on its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, summary } from "../../../editors/vscode/src/words.ts";

function applied(before: string, after: string): string {
  let [text, at] = ["", 0];
  for (const change of changes(before, after)) {
    assert.ok(at <= change.start && change.start <= change.end, "changes stand in order and apart");
    assert.notEqual(before.slice(change.start, change.end), change.text, "what is the same is no change");
    text += before.slice(at, change.start) + change.text;
    at = change.end;
  }
  return text + before.slice(at);
}

test("changes make the second text of the first", () => {
  const words = ["a", "an", "the", "😀", "naïve", "don't", ",", ".", " ", " ", "  ", "\n", "\r\n", "\u2028", "e\u0301"];
  let seed = 1;
  const draw = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  const text = (): string => Array.from({ length: draw(12) }, () => words[draw(words.length)]).join("");
  for (let round = 0; round < 20000; round++) {
    const [before, after] = [text(), text()];
    assert.equal(applied(before, after), after);
  }
});

test("few changes stay few", () => {
  const before = "The committee took the proposal after a long debate.";
  const after = "The committee adopted the proposal after a lengthy discussion.";
  assert.equal(summary(before, after), "took → adopted · long debate → lengthy discussion");
  assert.equal(summary(before, before), "");
  assert.equal(summary("a b c", "a c"), "− b");
  assert.equal(summary("a c", "a b c"), "+ b");
});

test("texts too large to be compared are replaced", () => {
  const [before, after] = ["a b ".repeat(2000), "c d ".repeat(2000)];
  assert.equal(applied(before, after), after);
});
