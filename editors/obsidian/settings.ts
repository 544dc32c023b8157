/** What the user sets: where the server is, and how many proposals are wanted. */

import { type App, type Plugin, PluginSettingTab, Setting } from "obsidian";

export interface Settings {
  address: string;
  token: string;
  n: number;
}

export const DEFAULTS: Settings = { address: "ws://127.0.0.1:8123", token: "", n: 3 };

export interface Owner extends Plugin {
  settings: Settings;
  saveSettings(): Promise<void>;
}

export class SettingsTab extends PluginSettingTab {
  constructor(app: App, private readonly owner: Owner) {
    super(app, owner);
  }

  override display(): void {
    this.containerEl.empty();
    this.text("Address", "Where llada-edit lsp --ws waits.", "address");
    this.text("Token", "What it was started with: --token, or the end of the address that it prints. Kept in the vault as it is.", "token");
    new Setting(this.containerEl).setName("Proposals").setDesc("How many to choose from.").addSlider((slider) =>
      slider.setLimits(1, 8, 1).setValue(this.owner.settings.n).onChange((value) => this.set({ n: value })),
    );
  }

  private text(name: string, detail: string, key: "address" | "token"): void {
    new Setting(this.containerEl).setName(name).setDesc(detail).addText((text) => {
      if (key === "token") text.inputEl.type = "password";
      text.setPlaceholder(DEFAULTS[key]).setValue(this.owner.settings[key]).onChange((value) => this.set({ [key]: value.trim() }));
    });
  }

  private set(change: Partial<Settings>): Promise<void> {
    Object.assign(this.owner.settings, change);
    return this.owner.saveSettings();
  }
}
