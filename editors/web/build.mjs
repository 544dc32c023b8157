// The page, into the folder that `llada-edit lsp --web` serves and the wheel takes along.
import { build } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";

process.chdir(import.meta.dirname);
const folder = "../../lsp/llada_lsp/page";
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const { metafile } = await build({
  entryPoints: ["src/page.ts"],
  outfile: `${folder}/page.js`,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  metafile: true,
  nodePaths: ["node_modules"], // for ../common
});
for (const name of ["index.html", "page.css"]) await cp(name, `${folder}/${name}`);

// The licences of what is in the bundle go where the bundle goes.
const inside = Object.keys(metafile.inputs).map((path) => path.match(/^(node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1]);
let licences = "The page contains these packages.\n";
for (const place of [...new Set(inside)].filter(Boolean).sort()) {
  const { name, version, license } = JSON.parse(await readFile(`${place}/package.json`, "utf8"));
  const file = (await readdir(place)).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} has no licence file`);
  licences += `\n== ${name} ${version}, ${license}\n\n${await readFile(`${place}/${file}`, "utf8")}`;
}
await writeFile(`${folder}/licences.txt`, licences);
