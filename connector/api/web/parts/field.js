/** A field of a form: its place in the input, its value, what is wrong with it. */
import { attribute, button, fresh, make, say } from "./dom.js";
import { step, takesNull } from "./schema.js";
import { words } from "./words.js";

/** Every field has `element`, `get()`, `set(value)`, `at(names)`, `mark(message)`, `disable(off)` and `focus()`. */
export class Field {
  /** `form` is what all fields share: defs, field(), changed(), lookup(). `parent` tells the key of this field. */
  constructor(form, schema, parent, key, required = false) {
    Object.assign(this, { form, schema, parent, key, required });
    this.title = schema.title ?? String(key ?? "");
  }

  /** The JSON Pointer of the value, as things are now. */
  get pointer() {
    return this.parent ? this.parent.pointer + this.parent.way(this) : "";
  }

  /** The way from here to a field inside, as the end of a JSON Pointer. */
  way(child) {
    return `/${step(child.key)}`;
  }

  /** What is filled in, null where that is said, undefined where nothing is. */
  read() {
    return this.isNull ? null : this.kept !== undefined ? this.kept : this.get();
  }

  /** Show a value; one that cannot be shown as it is stays what it is until somebody changes it. */
  write(value) {
    if (this.none) this.empty(value === null, true);
    this.kept = undefined;
    this.set(this.none ? (value ?? undefined) : value);
    if (value !== undefined && !this.isNull && JSON.stringify(this.get()) !== JSON.stringify(value)) this.kept = value;
  }

  /** The button that says null, where null says something. */
  nothing() {
    if (!takesNull(this.schema)) return undefined;
    const attributes = { class: "small", "aria-pressed": "false", "aria-label": `${words.setNothing}: ${this.title}` };
    this.none = button(words.setNothing, () => this.empty(!this.isNull), attributes);
    return this.none;
  }

  /** Say null, or no longer. */
  empty(isNull, quiet = false) {
    this.isNull = isNull;
    this.none.setAttribute("aria-pressed", String(isNull));
    this.disable(isNull);
    if (!quiet) this.form.changed(this);
  }

  /** What is wrong with what was typed, where it can be no value. */
  get complaint() {
    return undefined;
  }

  /** The fields that hold nothing and must, or hold what can be no value. */
  missing() {
    if (this.isNull) return [];
    return this.complaint || (this.required && this.read() === undefined) ? [this] : [];
  }

  /** The field at the end of a path from here: the nearest there is. */
  at() {
    return this;
  }

  focus() {
    this.element.querySelector("input:enabled, select:enabled, textarea:enabled, button, summary")?.focus();
  }
}

/** Of the fields that something is wrong with, those that matter where the whole may be left out. */
export const complaints = (fields) => fields.filter((field) => field.complaint);

/** A field of one input, with its label, what it is for, what is wrong with it, and none where that says something. */
export class Leaf extends Field {
  /** Build it around an input element; `box` is what is shown where that is more than the input. */
  dress(input, { box = input, hint = "", describe, nullable = true } = {}) {
    const { title, schema, required } = this;
    this.input = input;
    input.id ||= fresh("input");
    if (!input.part.length) input.part.add("input");
    this.problem = make("p", { class: "problem", part: "error", id: fresh("problem"), hidden: true });
    const told = [schema.description, hint].filter(Boolean).join(" ");
    const help = told && make("p", { class: "hint", part: "hint", id: fresh("hint") }, told);
    const ids = [help?.id, this.problem.id].filter(Boolean);
    if (describe) describe(...ids);
    else input.setAttribute("aria-describedby", ids.join(" "));
    attribute(input, "aria-required", required);
    const star = required && make("span", { class: "star", "aria-hidden": "true" }, " *");
    const label = make("label", { for: input.id, part: "label" }, title, star);
    this.element = make(
      "div",
      { class: "field", part: "field" },
      make("div", { class: "head" }, label, nullable && this.nothing()),
      help,
      box,
      this.problem,
    );
    input.addEventListener("input", () => this.form.typed(this));
    input.addEventListener("change", () => this.form.changed(this));
  }

  disable(off) {
    this.input.disabled = off;
  }

  mark(message) {
    attribute(this.input, "aria-invalid", Boolean(message));
    say(this.problem, message);
  }

  focus() {
    if (this.isNull) this.none.focus();
    else this.input.focus();
  }
}
