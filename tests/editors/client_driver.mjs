// Changes a document at random and asks the server what it has: node --experimental-websocket client_driver.mjs,
// with LLADA_URL. Prints "same N" when it always was the same text.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { build } = createRequire(new URL("../../editors/web/package.json", import.meta.url))("esbuild");
const folder = await mkdtemp(join(tmpdir(), "llada-client-"));
const shared = ["client", "diff"].map((name) => new URL(`../../editors/common/${name}.ts`, import.meta.url).pathname);
const nodePaths = [new URL("../../editors/web/node_modules", import.meta.url).pathname];
const outExtension = { ".js": ".mjs" };
await build({ entryPoints: shared, outdir: folder, outExtension, bundle: true, format: "esm", nodePaths, logLevel: "error" });
const { Client } = await import(pathToFileURL(join(folder, "client.mjs")));
const { differences } = await import(pathToFileURL(join(folder, "diff.mjs")));
await rm(folder, { recursive: true });

let state = 20_26;
const random = (below) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below;
const signs = ["a", "b", " ", "😀", "🇫", "漢", "e\u0301", "\n", "\r\n", "\r", "\u2028", "[?]", "\u0085"];
const some = (most) => Array.from({ length: random(most) }, () => signs[random(signs.length)]).join("");

// What is shown of a rewriting, put into the text, is the rewriting; it stands in order, and words that stay are not in it.
for (let round = 0; round < 2000; round++) {
  const [left, old, right, young] = [some(5), some(12), some(5), some(12)];
  const text = left + old + right;
  let [made, at] = ["", 0];
  for (const edit of differences(text, { from: left.length, to: left.length + old.length, text: young })) {
    if (edit.from < Math.max(at, left.length) || edit.to < edit.from) throw new Error(`round ${round}: out of order`);
    if (text.slice(edit.from, edit.to) === edit.text) throw new Error(`round ${round}: nothing changes`);
    made += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  made += text.slice(at);
  if (made !== left + young + right) throw new Error(`round ${round}: ${JSON.stringify([left, old, right, young, made])}`);
}
console.log("differences 2000");

const nothing = () => undefined;
const client = await Client.connect({ address: process.env.LLADA_URL, name: "driver", onStatus: nothing, onMessage: nothing });
let text = `😀 first\r\n${some(30)}`;
const paper = client.open("file:///nowhere/letter.txt", "plaintext", text);
for (let round = 0; round < 400; round++) {
  const points = [...text];
  const from = random(points.length + 1);
  text = points.slice(0, from).join("") + some(6) + points.slice(Math.min(points.length, from + random(5))).join("");
  paper.update(text);
  const { tokens } = await paper.connection.request("llada/score", { textDocument: { uri: paper.uri } });
  const there = tokens.map((token) => token.text).join("");
  if (there !== text) throw new Error(`round ${round}: ${JSON.stringify(there)} instead of ${JSON.stringify(text)}`);
}
client.close();
console.log("same 400");
