/** The fields whose shape is chosen: ticks, values of several forms, the fields of an account. */
import { make } from "./dom.js";
import { Group } from "./groups.js";
import { accountFields, flat, forms, likeness, listed } from "./schema.js";
import { words } from "./words.js";

/** Some of a few values. */
export class TicksField extends Group {
  constructor(...given) {
    super(...given);
    this.start();
  }

  build() {
    this.ticks = listed(flat(this.schema.items, this.form.defs), this.form.defs).map(({ value, title }) => {
      const input = make("input", { type: "checkbox", part: "checkbox", onchange: () => this.form.changed(this) });
      this.content.append(make("label", { class: "tick" }, input, title));
      return { value, input };
    });
    this.content.classList.add("ticks");
  }

  get() {
    const found = (this.ticks ?? []).filter(({ input }) => input.checked).map(({ value }) => value);
    return found.length ? found : undefined;
  }

  set(value) {
    if (value !== undefined) this.reveal();
    for (const tick of this.ticks ?? []) tick.input.checked = [value ?? []].flat().includes(tick.value);
  }
}

/** A value of one of several forms: which one, then its fields. */
export class FormsField extends Group {
  bare = true; // the form chosen has no frame of its own

  constructor(...given) {
    super(...given);
    this.start();
  }

  build() {
    this.forms = forms(this.schema, this.form.defs);
    const name = ({ form, kind }, index) => form ?? words[kind] ?? `${index + 1}`;
    const rows = this.forms.map((form, index) => make("option", { value: String(index) }, name(form, index)));
    this.which = make("select", { part: "input", "aria-label": words.forms(this.title), onchange: () => this.#pick() });
    this.which.append(...(this.required ? [] : [make("option", { value: "" }, words.unset)]), ...rows);
    this.inside = make("div");
    this.content.append(this.which, this.inside);
    this.#put();
  }

  #pick() {
    this.#put();
    this.form.changed(this);
  }

  #put() {
    this.chosen = undefined;
    this.inside.replaceChildren();
    if (this.which.value === "") return;
    const { schema, form, kind } = this.forms[Number(this.which.value)];
    const title = form ?? words[kind] ?? this.title;
    this.chosen = this.form.field({ ...schema, title, description: undefined }, this, "", true);
    this.inside.append(this.chosen.element);
  }

  /** The form is no step of the way: it stands where this stands. */
  way() {
    return "";
  }

  get() {
    return this.chosen?.read();
  }

  set(value) {
    if (value === undefined) {
      if (this.filled && !this.required) this.which.value = "";
      if (this.filled) this.#put();
      return;
    }
    this.reveal();
    const scores = this.forms.map(({ schema }) => likeness(schema, value, this.form.defs));
    this.which.value = String(scores.indexOf(Math.max(...scores)));
    this.#put();
    this.chosen.write(value);
  }

  missing() {
    return this.chosen?.missing() ?? super.missing();
  }

  at(names) {
    this.reveal();
    return this.chosen?.at(names) ?? this;
  }
}

/** A list of {id, value}, one input for each field of the account. */
export class AccountField extends Group {
  rows = [];
  rest = [];

  constructor(...given) {
    super(...given);
    this.start();
  }

  build() {
    this.rows = accountFields(this.schema, this.form.defs).map(({ key, id, schema }) => {
      const field = this.form.field(schema, this, id, false);
      this.content.append(field.element);
      return { key, id, field };
    });
  }

  #given() {
    return this.rows.filter(({ field }) => field.read() !== undefined);
  }

  way(child) {
    const before = this.rows.slice(
      0,
      this.rows.findIndex(({ field }) => field === child),
    );
    return `/${this.rest.length + before.filter(({ field }) => field.read() !== undefined).length}/value`;
  }

  get() {
    const found = [...this.rest, ...this.#given().map(({ key, id, field }) => ({ [key]: id, value: field.read() }))];
    return found.length ? found : undefined;
  }

  set(value) {
    const given = Array.isArray(value) ? value : [];
    if (given.length) this.reveal();
    const of = ({ key, id }) => (row) => String(row?.[key]) === String(id);
    this.rest = given.filter((row) => !this.rows.some((one) => of(one)(row)));
    for (const one of this.rows) one.field.write(given.find(of(one))?.value);
  }

  missing() {
    return this.isNull ? [] : this.rows.flatMap(({ field }) => field.missing());
  }

  at([index, , ...names]) {
    this.reveal();
    return this.#given()[index - this.rest.length]?.field.at(names) ?? this;
  }
}
