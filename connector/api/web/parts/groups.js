/** The fields that hold others: objects and lists. */
import { button, fresh, make, say } from "./dom.js";
import { complaints, Field } from "./field.js";
import { flat, kindOf, ordered } from "./schema.js";
import { words } from "./words.js";

/** A frame with a name around others: a fieldset, or one that can be folded and is filled when it is first opened. */
export class Group extends Field {
  constructor(...given) {
    super(...given);
    this.problem = make("p", { class: "problem", part: "error", id: fresh("problem"), hidden: true });
    const hint =
      this.schema.description && make("p", { class: "hint", part: "hint", id: fresh("hint") }, this.schema.description);
    const told = [hint?.id, this.problem.id].filter(Boolean).join(" ");
    const star = this.required && make("span", { class: "star", "aria-hidden": "true" }, " *");
    this.content = make("div", { class: "content" });
    if (!this.parent || this.parent.bare) {
      this.element = make("div", { class: "whole" }, this.problem, this.content);
    } else if (this.required || !this.parent.parent) {
      this.element = make(
        "fieldset",
        { part: "fieldset", "aria-describedby": told },
        make("legend", { part: "legend" }, this.title, star),
        hint,
        this.nothing(),
        this.content,
        this.problem,
      );
    } else {
      const name = make("summary", { part: "summary", id: fresh("name") }, this.title);
      const inside = make(
        "div",
        { role: "group", "aria-labelledby": name.id, "aria-describedby": told },
        hint,
        this.nothing(),
        this.content,
        this.problem,
      );
      this.element = make("details", { part: "details", class: "group" }, name, inside);
      this.element.addEventListener("toggle", () => this.element.open && this.fill());
    }
  }

  /** Make what is inside, once. */
  fill() {
    if (this.filled) return;
    this.filled = true;
    this.build();
  }

  /** Make it, and open what it is folded in. */
  reveal() {
    this.fill();
    if (this.element.localName === "details") this.element.open = true;
  }

  mark(message) {
    say(this.problem, message);
  }

  disable(off) {
    this.content.hidden = off;
  }

  /** Filled at once where it is shown at once. */
  start() {
    if (this.element.localName !== "details") this.fill();
    return this;
  }
}

export class ObjectField extends Group {
  fields = new Map();
  rest = {};

  constructor(...given) {
    super(...given);
    this.start();
  }

  build() {
    const { main, advanced } = ordered(this.schema, this.form.defs);
    this.content.append(...main.map((name) => this.#add(name)));
    if (!advanced.length) return;
    const inside = make("div", { class: "content" }, ...advanced.map((name) => this.#add(name)));
    const name = make("summary", { part: "summary" }, words.advanced(advanced.length));
    this.folded = make("details", { part: "details", class: "advanced" }, name, inside);
    this.content.append(this.folded);
  }

  #add(name) {
    const required = (this.schema.required ?? []).includes(name);
    const field = this.form.field(this.schema.properties[name], this, name, required);
    this.fields.set(name, field);
    return field.element;
  }

  get() {
    const found = { ...this.rest };
    for (const [name, field] of this.fields) {
      const value = field.read();
      if (value !== undefined) found[name] = value;
    }
    const said = Object.keys(found).some((name) => !("const" in (this.fields.get(name)?.schema ?? {})));
    return said || this.required || !this.parent ? found : undefined;
  }

  set(value) {
    this.rest = {};
    if (value !== undefined) this.reveal();
    for (const field of this.fields.values()) field.write(value?.[field.key]);
    for (const [name, one] of Object.entries(value ?? {})) if (!this.fields.has(name)) this.rest[name] = one;
  }

  missing() {
    if (this.isNull) return [];
    const found = [...this.fields.values()].flatMap((field) => field.missing());
    return this.required || !this.parent || this.read() !== undefined ? found : complaints(found);
  }

  at([name, ...names]) {
    if (name === undefined) return this;
    this.reveal();
    const field = this.fields.get(name);
    if (field && this.folded?.contains(field.element)) this.folded.open = true;
    return field?.at(names) ?? this;
  }
}

export class ListField extends Group {
  rows = [];
  made = 0; // rows, also those taken out since: no two have one name

  constructor(...given) {
    super(...given);
    this.start();
  }

  build() {
    this.items = make("ol", { class: "items", part: "items" });
    const add = button(words.add(this.title), () => this.#added(), { class: "small" });
    this.content.append(this.items, add);
    this.adder = add;
  }

  #added() {
    const field = this.add();
    field.focus();
    this.form.typed(this);
  }

  add() {
    this.fill();
    const schema = flat(this.schema.items, this.form.defs);
    const title = `${schema.title ?? this.title} ${++this.made}`;
    const whole = ["object", "forms"].includes(kindOf(schema, this.form.defs));
    const field = this.form.field({ ...schema, title, description: undefined }, this, this.rows.length, whole);
    const drop = button("×", () => this.#remove(field, row), { class: "icon", "aria-label": words.remove(title) });
    const row = make("li", {}, field.element, drop);
    this.rows.push(field);
    this.items.append(row);
    return field;
  }

  #remove(field, row) {
    this.rows.splice(this.rows.indexOf(field), 1);
    row.remove();
    this.adder.focus();
    this.form.changed(this);
  }

  way(child) {
    return `/${this.rows.slice(0, this.rows.indexOf(child)).filter((row) => row.read() !== undefined).length}`;
  }

  get() {
    const found = this.rows.map((row) => row.read()).filter((value) => value !== undefined);
    return found.length || this.required ? found : undefined;
  }

  set(value) {
    this.rows = [];
    this.made = 0;
    this.items?.replaceChildren();
    if (value !== undefined) this.reveal();
    for (const one of Array.isArray(value) ? value : []) this.add().write(one);
  }

  missing() {
    if (this.isNull) return [];
    return this.rows.flatMap((row) => (row.read() === undefined ? complaints(row.missing()) : row.missing()));
  }

  at([index, ...names]) {
    this.reveal();
    return this.rows.filter((row) => row.read() !== undefined)[index]?.at(names) ?? this;
  }
}
