// The workbench of VS Code in a headless browser: what a person does with keys and eyes, each with patience.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const PATIENCE = 120_000;
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];
const QUIET = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.colorTheme": "Default Light Modern",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.layoutControl.enabled": false,
  "window.commandCenter": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "chat.disableAIFeatures": true,
  "remote.autoForwardPorts": false,
  "git.enabled": false,
  "editor.minimap.enabled": false,
  "editor.stickyScroll.enabled": false,
  "editor.occurrencesHighlight": "off",
  "breadcrumbs.enabled": false,
  "editor.wordWrap": "on",
  "editor.accessibilitySupport": "off",
  "files.autoSave": "off",
  "editor.unicodeHighlight.nonBasicASCII": false,
};

export class Workbench {
  /** @param options home: folder to work in; codeServer, chromium, modules, vsix: paths; settings: of the user. */
  static async start(options) {
    const workbench = new Workbench(options);
    try {
      await workbench.launch();
    } catch (error) {
      await workbench.stop();
      throw error;
    }
    return workbench;
  }

  constructor({ home, codeServer, chromium, modules, vsix, settings }) {
    Object.assign(this, { home, codeServer, chromium, vsix, log: "" });
    this.data = join(home, "code-server");
    this.require = createRequire(join(modules, "node_modules", "none.js"));
    mkdirSync(join(this.data, "User"), { recursive: true });
    this.set(settings);
  }

  set(settings) {
    writeFileSync(join(this.data, "User", "settings.json"), JSON.stringify({ ...QUIET, ...settings }));
  }

  async launch() {
    const folders = ["--user-data-dir", this.data, "--extensions-dir", join(this.data, "extensions")];
    // No gallery is asked for anything, and no login shell for another PATH.
    const env = { ...process.env, EXTENSIONS_GALLERY: "{}", VSCODE_CLI: "1" };
    const installed = spawnSync(this.codeServer, [...folders, "--install-extension", this.vsix], { env, encoding: "utf8" });
    if (installed.status !== 0) throw new Error(`the extension was not installed: ${installed.stdout}${installed.stderr}`);
    const off = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
    const where = ["--bind-addr", "127.0.0.1:0"];
    this.server = spawn(this.codeServer, [...folders, ...off, ...where, "--disable-getting-started-override"], { env });
    for (const stream of [this.server.stdout, this.server.stderr]) stream.on("data", (data) => (this.log += data));
    const address = await this.until(() => /listening on (http:\S+?)\/?\s/.exec(this.log)?.[1], "code-server");
    const { chromium } = this.require("playwright-core");
    this.browser = await chromium.launchPersistentContext(join(this.home, "chromium"), {
      executablePath: this.chromium, args: FLAGS, viewport: { width: 960, height: 480 },
    });
    this.browser.setDefaultTimeout(PATIENCE);
    this.page = this.browser.pages()[0] ?? (await this.browser.newPage());
    await this.page.goto(`${address}/?folder=${encodeURIComponent(join(this.home, "work"))}`);
    await this.page.locator(".monaco-workbench .statusbar").waitFor();
    await this.page.locator(".explorer-viewlet .monaco-list-row").first().waitFor();
    await this.press("Control+B");
  }

  async stop() {
    await this.browser?.close();
    if (this.server && this.server.exitCode === null) {
      this.server.kill();
      await once(this.server, "exit");
    }
  }

  /** Ask again and again until the answer is one. */
  async until(ask, what) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const answer = await ask();
      if (answer) return answer;
      if (Date.now() > end) throw new Error(`waited for ${what}; ${await this.seen()}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** What a person would see now, for messages of failure. */
  async seen() {
    if (!this.page) return this.log.slice(-2000);
    const parts = [".statusbar", ".notification-list-item-message", ".quick-input-title", ".view-lines"];
    const texts = await Promise.all(parts.map((part) => this.page.locator(part).allInnerTexts()));
    const keyboard = await this.page.evaluate(() => document.activeElement?.className);
    return JSON.stringify([...texts, await this.rows(), `the keyboard: ${keyboard}`], null, 1);
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  /** Run a command by its title. */
  async command(title) {
    await this.press("F1");
    await this.pick(title, ">");
  }

  /** Take a line of the list that is open, or of one that a sign opens. */
  async pick(label, sign = "") {
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(sign + label);
    await this.until(async () => (await this.rows())[0]?.label === label, `the line ${label}`);
    await this.press("Enter");
  }

  async open(name) {
    await this.press("Control+P");
    await this.pick(name);
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.editor();
  }

  /** The keyboard belongs to the text again. */
  async editor() {
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await this.until(
      () => this.page.evaluate(() => !!document.activeElement?.closest(".monaco-editor")),
      "the keyboard in the text",
    );
  }

  /** Put the cursor at a line and a column, from 1. */
  async go(line, column) {
    await this.press("Control+G");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.press("Enter");
    await this.editor();
    await this.until(() => this.shows(`Ln ${line}, `), "the cursor");
  }

  /** Select some signs after the cursor. */
  select(count) {
    return this.press(...Array(count).fill("Shift+ArrowRight"));
  }

  /** Wait for a message, and close it. */
  async notified(text) {
    const toast = this.page.locator(".notification-toast").filter({ hasText: text });
    await toast.waitFor();
    await toast.hover();
    await toast.locator(".codicon-notifications-clear").click();
    await toast.waitFor({ state: "detached" });
    await this.press("Control+1"); // a toast that is closed by hand may keep the keys; the first group of editors has them
    await this.editor();
  }

  picture(folder, name) {
    return this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  /** Wait until the item in the status bar says how the server is. */
  status(kind) {
    return this.page.locator(`.statusbar-item[aria-label^="llada-edit: ${kind}"]`).waitFor();
  }

  async shows(text) {
    return (await this.page.locator(".statusbar").innerText()).includes(text);
  }

  /** The lines of the list that is open. */
  rows() {
    return this.page.locator(".quick-input-widget:visible .monaco-list-row").evaluateAll((rows) =>
      rows.map((row) => {
        const text = (part) => row.querySelector(part)?.textContent?.replaceAll("\u00a0", " ") ?? "";
        return {
          label: text(".label-name"), description: text(".label-description"),
          detail: text(".quick-input-list-label-meta"), focused: row.classList.contains("focused"),
        };
      }),
    );
  }

  /** The lines of a list once it offers what a placeholder says. */
  async offered(placeholder) {
    await this.page.locator(`.quick-input-widget:visible input[placeholder="${placeholder}"]`).waitFor();
    return this.until(async () => {
      const rows = await this.rows();
      return rows.length && rows.every(({ description }) => description !== "writing…") && rows;
    }, "lines to choose from");
  }

  read(name) {
    return readFileSync(join(this.home, "work", name), "utf8");
  }

  /** The text of the open file on the disk, after it has changed in the editor and was saved. */
  async changed(name) {
    await this.editor();
    await this.page.locator(".tab.active.dirty").waitFor();
    await this.press("Control+S");
    await this.unchanged();
    return this.read(name);
  }

  /** The open file stands in the editor as it stands on the disk. */
  unchanged() {
    return this.page.locator(".tab.active:not(.dirty)").waitFor();
  }

  /** The text of the open file after one undo. */
  async undone(name) {
    await this.press("Control+Z");
    return this.changed(name);
  }
}
