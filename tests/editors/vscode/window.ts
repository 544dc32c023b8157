// As much of VS Code's own module, and of its language client, as the logic without a window asks for.

interface Place {
  line: number;
  character: number;
}

export class Range {
  readonly start: Place;
  readonly end: Place;

  constructor(start: Place, end: Place) {
    [this.start, this.end] = [start, end];
  }

  intersection(other: Range): Range | undefined {
    const [start, end] = [later(this.start, other.start), later(this.end, other.end) === this.end ? other.end : this.end];
    return compare(start, end) <= 0 ? new Range(start, end) : undefined;
  }
}

const compare = (one: Place, other: Place): number => one.line - other.line || one.character - other.character;
const later = (one: Place, other: Place): Place => (compare(one, other) >= 0 ? one : other);

/** A place with the comparison that VS Code's has. */
export const place = (line: number, character: number): Place & { isAfterOrEqual(other: Place): boolean } => {
  const made = { line, character, isAfterOrEqual: (other: Place) => compare(made, other) >= 0 };
  return made;
};

/** A text with a version; positions count UTF-16 units, lines end as VS Code has them. */
export class TextDocument {
  text: string;
  version = 1;
  isClosed = false;
  readonly uri = this;

  constructor(text: string) {
    this.text = text;
  }

  private get starts(): number[] {
    return [0, ...[...this.text.matchAll(/\r\n|\n|\r/g)].map((end) => end.index + end[0].length)];
  }

  offsetAt({ line, character }: Place): number {
    return this.starts[line]! + character;
  }

  positionAt(offset: number): Place {
    const line = this.starts.filter((start) => start <= offset).length - 1;
    return { line, character: offset - this.starts[line]! };
  }

  getText({ start, end }: Range): string {
    return this.text.slice(this.offsetAt(start), this.offsetAt(end));
  }
}

export class WorkspaceEdit {
  readonly edits: { document: TextDocument; start: number; end: number; text: string }[] = [];

  replace(document: TextDocument, range: Range, text: string): void {
    this.edits.push({ document, start: document.offsetAt(range.start), end: document.offsetAt(range.end), text });
  }
}

export const warnings: string[] = [];
export const errors: string[] = [];
export const executed: unknown[][] = [];
/** What VS Code would fill in, and what the user has set, by the full name of a setting. */
export const defaults: Record<string, unknown> = {};
export const set: Record<string, unknown> = {};

export class ThemeColor {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

export const StatusBarAlignment = { Right: 2 };
export const item: Record<string, unknown> = { show: () => undefined, dispose: () => undefined };
export const window = {
  showWarningMessage: (message: string) => warnings.push(message),
  showErrorMessage: (message: string) => errors.push(message),
  createStatusBarItem: () => item,
};
export const commands = { executeCommand: (...call: unknown[]) => executed.push(call) };

function configuration(section: string): Record<string, unknown> {
  const names = Object.keys(defaults).filter((name) => name.startsWith(`${section}.`));
  const own = (name: string): string => `${section}.${name}`;
  return {
    ...Object.fromEntries(names.map((name) => [name.slice(section.length + 1), undefined])),
    get: (name: string, otherwise: unknown) => set[own(name)] ?? defaults[own(name)] ?? otherwise,
    inspect: (name: string) => ({ defaultValue: defaults[own(name)], workspaceValue: set[own(name)] }),
  };
}

export const workspace = {
  getConfiguration: configuration,
  async applyEdit({ edits }: WorkspaceEdit): Promise<boolean> {
    for (const { document, start, end, text } of [...edits].reverse()) {
      document.text = document.text.slice(0, start) + text + document.text.slice(end);
    }
    for (const document of new Set(edits.map((edit) => edit.document))) document.version++;
    return true;
  },
};

/** Of the language client. */
export const LSPErrorCodes = { RequestCancelled: -32800, ContentModified: -32801, ServerCancelled: -32802 };
export const CodeActionRequest = {};
export class ResponseError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
