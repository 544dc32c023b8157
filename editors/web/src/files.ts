/** Files of the user's own machine, read and written by the browser; byte for byte what they were, but for the edits. */

export interface File_ {
  name: string;
  /** As it is edited; lines of a file that ends them all with \r\n end with \n. */
  text: string;
  crlf: boolean;
  /** Where it can be saved again without asking. */
  handle?: FileSystemFileHandle;
}

const LANGUAGES: Record<string, string> = {
  md: "markdown", markdown: "markdown", tex: "latex", html: "html", htm: "html", rst: "restructuredtext", typ: "typst", org: "org",
};

export function languageOf(name: string): string {
  return LANGUAGES[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "plaintext";
}

/** A file that the user picks; undefined where none is picked. */
export async function pick(): Promise<File_ | undefined> {
  if (!window.showOpenFilePicker) return read(await pickOld());
  const [handle] = await window.showOpenFilePicker().catch(unlessAborted) ?? [];
  return handle && { ...await read(await handle.getFile()), handle } as File_;
}

/** Save under the name that it has or that the user picks; undefined where none is picked. */
export async function save(file: File_): Promise<File_ | undefined> {
  const text = file.crlf ? file.text.replaceAll("\n", "\r\n") : file.text;
  if (!window.showSaveFilePicker) {
    download(file.name, text);
    return file;
  }
  const handle = file.handle ?? await window.showSaveFilePicker({ suggestedName: file.name }).catch(unlessAborted);
  if (!handle) return undefined;
  const writing = await handle.createWritable();
  await writing.write(text);
  await writing.close();
  return { ...file, name: handle.name, handle };
}

async function read(file: File | undefined): Promise<File_ | undefined> {
  if (!file) return undefined;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name} is not UTF-8 text, so it was not opened`);
  }
  const crlf = text.includes("\r") && !/\r(?!\n)|(?<!\r)\n/.test(text);
  return { name: file.name, text: crlf ? text.replaceAll("\r\n", "\n") : text, crlf };
}

function unlessAborted(error: unknown): undefined {
  if (error instanceof DOMException && error.name === "AbortError") return undefined;
  throw error;
}

/** For browsers that let no page write files. */
function pickOld(): Promise<File | undefined> {
  const input = document.createElement("input");
  input.type = "file";
  return new Promise((resolve) => {
    input.onchange = () => resolve(input.files?.[0]);
    input.oncancel = () => resolve(undefined);
    input.click();
  });
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
