// main.js, beside the manifest: what Obsidian loads.
import { build } from "esbuild";

process.chdir(import.meta.dirname);
await build({
  entryPoints: ["main.ts"],
  outfile: "main.js",
  bundle: true,
  format: "cjs",
  target: "es2022",
  charset: "utf8",
  legalComments: "eof",
  external: ["obsidian", "@codemirror/state", "@codemirror/view"], // Obsidian has them
  nodePaths: ["node_modules"], // for ../common
});
