// Bundles the extension into dist/, with the licences of what is in the bundle.

import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const { metafile } = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  metafile: true,
  logLevel: "warning",
});

const inside = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const packages = new Set(Object.keys(metafile.inputs).flatMap((path) => inside.exec(path)?.[1] ?? []));
const notices = [...packages].sort().map((folder) => {
  const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (!licence) throw new Error(`${name} has no licence file; find another package`);
  return `${name} ${version}\n\n${readFileSync(`${folder}/${licence}`, "utf8").trim()}\n`;
});
writeFileSync("dist/NOTICE.txt", notices.join(`\n${"-".repeat(80)}\n\n`));
if (existsSync("../../LICENSE")) copyFileSync("../../LICENSE", "LICENSE");
// The pictures lie outside of the package.
writeFileSync("dist/README.md", readFileSync("README.md", "utf8").replace(/^!\[.*\n\n/gm, ""));
