// As much of VS Code's own module as the logic of edits asks for.

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
}

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
export const window = { showWarningMessage: (message: string) => warnings.push(message) };
export const workspace = {
  async applyEdit({ edits }: WorkspaceEdit): Promise<boolean> {
    for (const { document, start, end, text } of [...edits].reverse()) {
      document.text = document.text.slice(0, start) + text + document.text.slice(end);
    }
    for (const document of new Set(edits.map((edit) => edit.document))) document.version++;
    return true;
  },
};
