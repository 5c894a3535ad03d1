/** A combobox on the choices of a dropdown, as the ARIA Authoring Practices describe the editable one with a list. */
import { Choices } from "./choices.js";
import { button, fresh, make, say } from "./dom.js";
import { Popup } from "./popup.js";
import { words } from "./words.js";

const PAUSE = 250; // milliseconds without a key before a search is sent

/** Whether two values are one choice: an id may be kept as a number or as its digits. */
const same = (one, other) => one !== undefined && other !== undefined && String(one) === String(other);

/** What a combobox holds: a value, the text shown for it, and what there is to say of it. */
const EMPTY = { value: undefined, text: "", kind: "" };
const held = (row) => ({ value: row.value, text: row.text, kind: row.inactive ? "inactive" : "" });

export class Combobox {
  /**
   * `ask({search, page, refresh}, signal)` gives a page of choices, `labels(value)` {text, exists} of a stored one.
   * `accepts(text)` is the value that a text of one's own stands for, undefined where it can be none.
   * `nameOf(field)` is what a person calls a field; `changed()` is told of each new value.
   */
  constructor({ ask, labels, accepts = (text) => text, nameOf = (field) => field, changed = () => {}, label }) {
    Object.assign(this, { labels, accepts, nameOf, changed, label });
    this.choices = new Choices(ask);
    this.state = EMPTY;
    this.typed = false;
    this.input = make("input", {
      part: "input",
      id: fresh("input"),
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      autocapitalize: "none",
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
    });
    this.popup = new Popup(this, fresh("list"));
    this.input.setAttribute("aria-controls", this.popup.list.id);
    this.clearer = button("×", () => this.clear(), {
      class: "icon",
      "aria-label": words.clear,
      tabindex: "-1",
      hidden: true,
    });
    this.toggler = button("", () => this.toggle(), { class: "icon arrow", "aria-label": words.show, tabindex: "-1" });
    this.note = make("p", { class: "note", part: "note", id: fresh("note"), hidden: true });
    this.status = make("p", { class: "unseen", role: "status", "aria-live": "polite" });
    this.box = make("div", { class: "box", part: "box" }, this.input, this.clearer, this.toggler);
    this.element = make(
      "div",
      { class: "combobox", part: "combobox" },
      this.box,
      this.popup.element,
      this.note,
      this.status,
    );
    this.describe();
    this.input.addEventListener("input", () => this.#type());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("focusout", (event) => {
      if (!this.element.contains(event.relatedTarget)) this.#leave();
    });
    this.box.addEventListener("pointerdown", (event) => event.target !== this.input && event.preventDefault());
  }

  /** The ids of what describes the input, beside its own note. */
  describe(...ids) {
    this.input.setAttribute("aria-describedby", [...ids, this.note.id].join(" "));
  }

  get value() {
    return this.state.value;
  }

  /** Whether a row is the one that is chosen. */
  holds(row) {
    return same(row.value, this.value);
  }

  /** Show a stored value; its name is asked for where no row tells it. */
  async set(value) {
    this.typed = false;
    if (value === undefined || value === null) return this.#show(EMPTY);
    const row = this.choices.rows.find((one) => same(one.value, value));
    if (row) return this.#show({ ...held(row), value });
    const state = { value, text: String(value), kind: "" };
    this.#show(state);
    try {
      return this.#named(state, await this.labels(value));
    } catch (error) {
      if (this.state === state) this.#fail(error, () => this.set(value), words.unnamed);
      return undefined;
    }
  }

  #named(state, { text, exists }) {
    const { value } = state;
    if (this.state !== state || this.typed) return;
    this.#show({ value, text: text ?? String(value), kind: exists === false ? "gone" : "" });
  }

  /** What is wrong with what was typed, where it can be no value. */
  get complaint() {
    return this.state.kind === "refused" ? words.notChoice(this.state.text) : undefined;
  }

  #show(state) {
    this.state = state;
    this.input.value = state.text;
    this.clearer.hidden = this.input.disabled || !state.text;
    const told = { own: words.own, gone: words.gone, inactive: words.inactive, refused: this.complaint }[state.kind];
    say(this.note, told && make("span", { class: `mark ${state.kind}`, part: `mark ${state.kind}` }, told));
  }

  /** The list hangs on other fields, and they changed: it is read anew, and a value that it does not hold goes. */
  async refill() {
    this.choices.forget();
    this.popup.close();
    const { state } = this;
    const { value, text, kind } = state;
    if (value === undefined || kind === "own") return;
    const page = await this.choices.load("").then(
      () => this.choices,
      () => undefined,
    );
    if (!page || this.state !== state) return;
    const there = page.rows.some((row) => same(row.value, value));
    const away =
      !there && (page.missing.length > 0 || (page.whole && !page.next) || (await this.#exists(value)) === false);
    if (!away || this.state !== state) return;
    this.#take(EMPTY);
    this.status.textContent = words.emptied(this.label());
    say(this.note, make("span", { class: "mark gone" }, `${text}: ${words.emptied(this.label())}`));
  }

  #exists(value) {
    return this.labels(value).then(
      (label) => label.exists,
      () => null,
    );
  }

  set disabled(off) {
    this.input.disabled = this.toggler.disabled = off;
    this.clearer.hidden = off || !this.state.text;
    if (off) this.popup.close();
  }

  clear() {
    this.input.focus();
    this.typed = false;
    this.#take(EMPTY);
    this.popup.close();
  }

  toggle() {
    this.input.focus();
    if (this.popup.shown) this.popup.close();
    else this.open();
  }

  /** Show the choices; they are read where they are not there yet. */
  async open() {
    if (this.input.disabled || this.popup.shown) return;
    this.popup.open();
    const search = this.typed ? this.input.value.trim() : "";
    if (this.choices.search === search && !this.choices.going) this.popup.render();
    else await this.search(search);
  }

  /** Read the first page of a search. */
  async search(text, refresh = false) {
    this.popup.wait();
    try {
      await this.choices.load(text, refresh);
    } catch (error) {
      if (error.name !== "AbortError") this.#fail(error, () => (this.input.focus(), this.open()));
      return;
    }
    this.#quiet();
    if (!this.typed) this.#show(this.state);
    if (this.popup.shown) this.popup.render();
    const { rows, next, missing } = this.choices;
    const found = (rows.length ? words.results(rows.length) : words.none) + (next ? `, ${words.moreToCome}` : "");
    this.status.textContent = missing.length ? words.missing(missing.map(this.nameOf)) : found;
  }

  /** Read the next page. */
  async more() {
    try {
      const count = await this.choices.more();
      if (this.popup.shown) this.popup.render();
      if (count) this.status.textContent = words.more(count);
    } catch (error) {
      if (error.name !== "AbortError") this.#fail(error, () => (this.input.focus(), this.open()));
    }
  }

  /** Take a row of the list, or what was typed. */
  choose(row) {
    this.typed = false;
    this.#take(held(row));
    this.popup.close();
  }

  /** What was typed, as a row where it is the name of one, as a value of one's own, or not at all. */
  async own() {
    const text = this.input.value.trim();
    this.typed = false;
    this.popup.close();
    if (!text) return this.#take(EMPTY);
    const rows = this.choices.rows.filter((row) => row.text.toLowerCase() === text.toLowerCase());
    if (rows.length === 1) return this.choose(rows[0]);
    const value = this.accepts(text);
    const state = { value, text, kind: value === undefined ? "refused" : "own" };
    this.#take(state);
    if (value === undefined) return undefined;
    const label = await this.labels(value).catch(() => ({}));
    if (label.exists === true) this.#named(state, label);
    return undefined;
  }

  #take(state) {
    const changed = state.value !== this.state.value || [state.kind, this.state.kind].includes("refused");
    this.#show(state);
    if (changed) this.changed();
  }

  /** Say nothing; a line is kept for what is said of typed words as they are left, so that no button moves then. */
  #quiet() {
    say(this.note, this.typed && this.input.value.trim() && "\u00a0");
  }

  #type() {
    this.typed = true;
    this.#quiet();
    clearTimeout(this.timer);
    this.popup.open();
    this.timer = setTimeout(() => this.typed && this.search(this.input.value.trim()), PAUSE);
  }

  #leave() {
    clearTimeout(this.timer);
    if (this.typed) this.own();
    this.popup.close();
  }

  #fail(error, again, before = "") {
    this.popup.close();
    this.choices.forget();
    const retry = button(words.retry, () => (say(this.note), again()), { class: "small" });
    say(
      this.note,
      make("span", { class: "mark error", role: "alert" }, `${before} ${error.message}`.trim()),
      " ",
      retry,
    );
  }

  async #key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const { popup } = this;
    const open = popup.shown;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (event.key === "Escape" && (open || this.input.value)) {
      event.preventDefault();
      event.stopPropagation();
      if (!open) return this.clear();
      popup.close();
      clearTimeout(this.timer);
      this.typed = false;
      this.#show(this.state);
    } else if (event.key === "Enter" && (open || this.typed)) {
      event.preventDefault();
      clearTimeout(this.timer);
      if (!popup.take()) await this.own();
    } else if (event.altKey && event.key === "ArrowUp") {
      event.preventDefault();
      popup.close();
    } else if (event.key in moves) {
      if (!open && event.key.startsWith("Page")) return undefined;
      event.preventDefault();
      if (!open) await this.open();
      if (!event.altKey) await popup.move(moves[event.key], !open);
    } else if ((event.key === "Home" || event.key === "End") && popup.active) {
      event.preventDefault();
      await popup.edge(event.key === "End");
    } else {
      popup.activate(undefined);
    }
    return undefined;
  }
}
