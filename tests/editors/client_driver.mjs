// Changes a document at random and asks the server what it has: node --experimental-websocket client_driver.mjs,
// with LLADA_URL. Prints "same N" when it always was the same text.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { build } = createRequire(new URL("../../editors/web/package.json", import.meta.url))("esbuild");
const folder = await mkdtemp(join(tmpdir(), "llada-client-"));
const outfile = join(folder, "client.mjs");
const shared = new URL("../../editors/common/client.ts", import.meta.url).pathname;
await build({ entryPoints: [shared], outfile, bundle: true, format: "esm", logLevel: "error" });
const { Client } = await import(pathToFileURL(outfile));
await rm(folder, { recursive: true });

let state = 20_26;
const random = (below) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below;
const signs = ["a", "b", " ", "😀", "🇫", "漢", "e\u0301", "\n", "\r\n", "\r", "\u2028", "[?]", "\u0085"];
const some = (most) => Array.from({ length: random(most) }, () => signs[random(signs.length)]).join("");

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
