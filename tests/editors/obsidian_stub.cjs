// As much of Obsidian's module as the plug-in touches; its editor is a CodeMirror state without a window.
const { createRequire } = require("node:module");
const { EditorState } = createRequire(require("node:path").join(__dirname, "../../editors/obsidian/main.js"))("@codemirror/state");

class Control {
  inputEl = {};
  setPlaceholder = () => this;
  setLimits = () => this;
  setValue = (value) => ((this.value = value), this);
  onChange = (run) => ((this.enter = run), this);
}

class Setting {
  /** The controls of the tab that was shown last, by name. */
  static controls = {};
  setName = (name) => ((this.name = name), this);
  setDesc = () => this;
  addText = (run) => (run((Setting.controls[this.name] = new Control())), this);
  addSlider = this.addText;
}

class Plugin {
  commands = {};
  extensions = [];
  listeners = [];
  status = [];
  constructor(app, data) {
    Object.assign(this, { app, data });
  }
  loadData = async () => this.data;
  saveData = async (data) => void (this.data = data);
  addCommand = (command) => (this.commands[command.id] = command);
  addSettingTab = (tab) => (this.tab = tab);
  addStatusBarItem = () => ({ setText: (text) => this.status.push(text) });
  registerEditorExtension = (extension) => this.extensions.push(extension);
  registerEvent = () => undefined;
}

class SuggestModal {
  static opened = [];
  setPlaceholder(title) {
    this.title = title;
  }
  setInstructions() {}
  open() {
    SuggestModal.opened.push(this);
  }
  /** What people see of each suggestion. */
  seen() {
    const place = (into) => ({
      createDiv: () => place(into),
      createEl: (tag, { text }) => void into.push(tag === "ins" ? `+${text}+` : tag === "del" ? `-${text}-` : text),
    });
    return this.getSuggestions("").map((one) => {
      const parts = [];
      this.renderSuggestion(one, place(parts));
      return parts.join("");
    });
  }
}

class Notice {
  static said = [];
  constructor(text) {
    Notice.said.push(text);
  }
}

class FileSystemAdapter {
  constructor(path) {
    this.path = path;
  }
  getBasePath = () => this.path;
}

class Editor {
  history = [];
  shown = [];
  constructor(doc, extensions, changed) {
    this.changed = changed;
    this.state = EditorState.create({ doc, extensions });
    const editor = this;
    this.cm = { dispatch: (spec) => void (editor.state = editor.state.update(spec).state, editor.shown.push(spec.effects.value)) };
  }
  getValue = () => this.state.doc.toString();
  getCursor = (side) => this.offsetToPos(this.state.selection.main[side]);
  posToOffset = ({ line, ch }) => this.state.doc.line(line + 1).from + ch;
  offsetToPos = (offset) => {
    const { number, from } = this.state.doc.lineAt(offset);
    return { line: number - 1, ch: offset - from };
  };
  select(anchor, head = anchor) {
    this.state = this.state.update({ selection: { anchor, head } }).state;
  }
  /** One step to undo, as in Obsidian. */
  transaction({ changes }) {
    this.history.push(this.state);
    this.state = this.state.update({
      changes: changes.map(({ from, to, text }) => ({ from: this.posToOffset(from), to: this.posToOffset(to), insert: text })),
    }).state;
    this.changed(this);
  }
  undo() {
    this.state = this.history.pop();
    this.changed(this);
  }
}

class PluginSettingTab {
  containerEl = { empty() {} };
}

module.exports = { Plugin, SuggestModal, Notice, FileSystemAdapter, Editor, PluginSettingTab, Setting };
