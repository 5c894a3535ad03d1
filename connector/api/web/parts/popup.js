/** The list of a combobox: it shows the choices in the top layer, and knows which one the keyboard is at. */
import { attribute, button, fresh, make, say } from "./dom.js";
import { words } from "./words.js";

const HEIGHT = 320;
const NEAR = 40; // pixels from the end of the list at which the next page is read

export class Popup {
  constructor(combobox, id) {
    this.combobox = combobox;
    this.active = undefined;
    this.list = make("ul", { role: "listbox", id, part: "list", tabindex: "-1" }); // the keyboard stays in the input
    this.words = make("span", { class: "words" });
    this.again = button(words.refresh, () => this.#refresh(), { class: "small" });
    const foot = make("div", { class: "foot", part: "foot" }, this.words, this.again);
    this.element = make("div", { class: "popup", part: "popup", popover: "manual" }, this.list, foot);
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.#click(event.target.closest("[role=option]")));
    this.list.addEventListener("scroll", () => this.#fill());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        combobox.input.focus();
        this.close();
      }
    });
    this.place = () => this.#place();
  }

  get shown() {
    return this.element.matches(":popover-open");
  }

  open() {
    if (this.shown) return;
    this.list.setAttribute("aria-label", words.choices(this.combobox.label()));
    this.element.showPopover();
    this.combobox.input.setAttribute("aria-expanded", "true");
    this.#place();
    for (const name of ["scroll", "resize"]) addEventListener(name, this.place, { capture: true, passive: true });
  }

  close() {
    this.activate(undefined);
    if (this.shown) this.element.hidePopover();
    this.combobox.input.setAttribute("aria-expanded", "false");
    for (const name of ["scroll", "resize"]) removeEventListener(name, this.place, { capture: true });
  }

  /** Under the input where there is room, else above it. */
  #place() {
    if (!this.combobox.box.isConnected) return this.close();
    const box = this.combobox.box.getBoundingClientRect();
    const below = innerHeight - box.bottom - 8;
    const up = below < HEIGHT / 2 && box.top > below;
    const { style } = this.element;
    style.left = `${box.left}px`;
    style.width = `${box.width}px`;
    style.top = up ? "auto" : `${box.bottom + 4}px`;
    style.bottom = up ? `${innerHeight - box.top + 4}px` : "auto";
    style.maxHeight = `${Math.max(120, Math.min(HEIGHT, up ? box.top - 8 : below))}px`;
    return undefined;
  }

  /** Until the first page is there. */
  wait() {
    this.activate(undefined);
    this.list.replaceChildren();
    this.list.setAttribute("aria-busy", "true");
    say(this.words, words.loading);
  }

  /** Show the choices that are there; those shown already stay where they are. */
  render() {
    const { rows, next, whole, missing } = this.combobox.choices;
    this.list.removeAttribute("aria-busy");
    const was = this.active && [...this.list.children].indexOf(this.active);
    const scrolled = this.list.scrollTop;
    this.list.replaceChildren(...rows.map((row) => this.#option(row)), ...this.#own(rows));
    this.list.scrollTop = scrolled;
    if (was !== undefined) this.activate(this.list.children[was]);
    const told = missing.length ? words.missing(missing.map(this.combobox.nameOf)) : rows.length ? "" : words.none;
    say(this.words, told || (next ? words.moreBelow : whole ? "" : words.notWhole));
    this.#fill();
  }

  #option(row) {
    const selected = this.combobox.holds(row);
    const option = make(
      "li",
      {
        role: "option",
        part: selected ? "option selected" : "option",
        id: fresh("option"),
        "aria-selected": String(selected),
      },
      make("span", {}, row.text),
      row.inactive && make("small", {}, words.inactive),
    );
    option.row = row;
    return option;
  }

  /** What was typed, offered as a value of one's own where it is none of the list. */
  #own(rows) {
    const text = this.combobox.input.value.trim();
    if (!this.combobox.typed || !text || this.combobox.accepts(text) === undefined) return [];
    if (rows.some((row) => row.text.toLowerCase() === text.toLowerCase())) return [];
    return [
      make(
        "li",
        { role: "option", class: "own", part: "option own", id: fresh("option"), "aria-selected": "false" },
        words.use(text),
      ),
    ];
  }

  /** The next page, where the end of the list is in sight. */
  #fill() {
    const { list } = this;
    const left = list.scrollHeight - list.scrollTop - list.clientHeight;
    const { choices } = this.combobox;
    if (this.shown && left < NEAR && choices.next && !choices.going && choices.rows.length) this.combobox.more();
  }

  async #refresh() {
    this.combobox.input.focus();
    await this.combobox.search(this.combobox.choices.search ?? "", true);
  }

  #click(option) {
    if (!option) return;
    this.combobox.input.focus();
    this.activate(option);
    this.take();
  }

  /** Take the choice that the keyboard is at; false where it is at none. */
  take() {
    const option = this.active;
    if (!option) return false;
    if (option.row) this.combobox.choose(option.row);
    else this.combobox.own();
    return true;
  }

  /** Go on by so many choices; at the end of what is there, the next page is read first. */
  async move(by, first) {
    const count = () => this.list.children.length;
    const at = this.active ? [...this.list.children].indexOf(this.active) : -1;
    const selected = first && this.list.querySelector("[aria-selected=true]");
    if (selected) return this.activate(selected);
    if (at < 0) return this.activate(by > 0 ? this.list.firstElementChild : this.list.lastElementChild);
    if (at + by >= this.combobox.choices.rows.length && this.combobox.choices.next) await this.combobox.more();
    if (!this.shown) return undefined; // the next page could not be read
    const past = at + by < 0 || at + by >= count();
    const to = !past ? at + by : Math.abs(by) > 1 ? (by > 0 ? count() - 1 : 0) : by > 0 ? 0 : count() - 1;
    return this.activate(this.list.children[to]);
  }

  /** The first choice, or the last one that is there. */
  async edge(last) {
    this.activate(last ? this.list.lastElementChild : this.list.firstElementChild);
  }

  activate(option) {
    this.active?.removeAttribute("data-active");
    this.active = option ?? undefined;
    this.active?.setAttribute("data-active", "");
    attribute(this.combobox.input, "aria-activedescendant", this.active?.id);
    this.active?.scrollIntoView({ block: "nearest" });
  }
}
