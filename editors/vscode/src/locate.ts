// Where the server's program is. Knows nothing of VS Code.

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

/** The path of a program, given as one or looked for on `PATH`; undefined where there is none. */
export function locate(program: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = program.startsWith("~/") ? join(homedir(), program.slice(2)) : program;
  const folders = isAbsolute(named) ? [""] : (environment.PATH ?? environment.Path ?? "").split(delimiter).filter(Boolean);
  const endings = process.platform === "win32" ? ["", ...(environment.PATHEXT ?? ".EXE").split(";")] : [""];
  return folders.flatMap((folder) => endings.map((ending) => join(folder, named + ending))).find(runs);
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
