/** The fields of one form: which class serves which schema, and what they share. */
import { ask, operationPath } from "./api.js";
import { ListField, ObjectField } from "./groups.js";
import {
  ChoiceField,
  Constant,
  FileField,
  JsonField,
  LookupField,
  MomentField,
  TextField,
  TickField,
} from "./inputs.js";
import { flat, kindOf, steps } from "./schema.js";
import { AccountField, FormsField, TicksField } from "./variants.js";
import { words } from "./words.js";

const CLASSES = {
  account: AccountField,
  choice: ChoiceField,
  constant: Constant,
  file: FileField,
  forms: FormsField,
  json: JsonField,
  list: ListField,
  lookup: LookupField,
  object: ObjectField,
  ticks: TicksField,
};

export class Fields {
  /** `who` asks; `typed()` is told of every key, `changed()` of every change. */
  constructor(schema, who, { typed = () => {}, changed = () => {} } = {}) {
    Object.assign(this, { who, defs: schema.$defs ?? {}, tell: { typed, changed } });
    this.lookups = new Set();
    this.waits = new Set();
    this.root = new ObjectField(this, flat(schema, this.defs));
    this.element = this.root.element;
  }

  /** The field for a schema. */
  field(schema, parent, key, required) {
    const whole = flat(schema, this.defs);
    const kind = kindOf(whole, this.defs);
    return new (CLASSES[kind] ?? this.#plain(kind, whole, required))(this, whole, parent, key, required);
  }

  #plain(kind, { format, default: preset }, required) {
    if (kind === "boolean") return required || preset !== undefined ? TickField : ChoiceField;
    return format === "date" || format === "date-time" ? MomentField : TextField;
  }

  /** The input as it is filled in; what is empty is left out. */
  get value() {
    return this.root.read();
  }

  set value(value) {
    this.root.write(value ?? {});
    this.#follow(true);
  }

  /** A key was pressed in a field: what it was given is over. */
  typed(field) {
    for (let place = field; place; place = place.parent) place.kept = undefined;
    this.tell.typed();
  }

  /** A field has another value: lists that hang on it are read anew. */
  changed(field) {
    this.typed(field);
    this.#follow(false);
    this.tell.changed();
  }

  #follow(quiet) {
    const { value } = this;
    for (const field of this.lookups) {
      if (!this.element.contains(field.element) && field.around !== undefined) this.lookups.delete(field);
      else if (field.moved(value) && !quiet) this.wait(field.combobox.refill());
    }
  }

  /** Something that must have ended before the input is whole. */
  wait(promise) {
    this.waits.add(promise);
    promise.finally(() => this.waits.delete(promise));
  }

  async settled() {
    while (this.waits.size) await Promise.allSettled([...this.waits]);
  }

  /** Ask the operation about a field: its choices, or labels. */
  ask(field, what, more, signal) {
    const { pointer, schema } = field;
    const input = schema.lookup.input ? this.value : {};
    return ask(this.who, "POST", `${this.path}/${what}`, { ...more, field: pointer, input }, { signal });
  }

  get path() {
    return operationPath(this.who.connector, this.who.operation);
  }

  /** The label of what a field holds; all that are asked for at a time go in one call. */
  async labelOf(field, value) {
    this.batch ??= [];
    const { batch } = this;
    batch.push(field);
    batch.answer ??= Promise.resolve().then(() => {
      this.batch = undefined;
      if (batch.length === 1) return this.ask(field, "labels", { values: [value] });
      return ask(this.who, "POST", `${this.path}/check-values`, { input: this.value });
    });
    const { labels, values } = await batch.answer;
    return labels?.[0] ?? values?.find((one) => one.pointer === field.pointer) ?? {};
  }

  /** What a person calls a field beside another. */
  nameOf(field, name) {
    for (let place = field.parent; place; place = place.parent) {
      const title = place.fields?.get(name)?.title;
      if (title) return title;
    }
    return name;
  }

  /**
   * Show what does not fit, {pointer or field, message, hint}, at the fields, and give it in the order of the page. The
   * keyboard goes to the first.
   */
  mark(problems) {
    for (const { field } of this.marked ?? []) field.mark();
    const told = ({ field, message, hint }) => [field.title || words.form, message, hint].filter(Boolean).join(" ");
    this.marked = problems
      .map((problem) => ({ ...problem, field: problem.field ?? this.#at(problem.pointer) }))
      .map((problem) => ({ field: problem.field, text: told(problem) }))
      .sort((one, other) => (follows(one.field.element, other.field.element) ? -1 : 1));
    for (const { field } of this.marked) {
      const own = this.marked.filter((other) => other.field === field);
      field.mark(own.map(({ text }) => text).join(" "));
    }
    this.marked[0]?.field.focus();
    return this.marked;
  }

  #at(pointer = "") {
    return this.root.at(steps(pointer));
  }

  /** The fields that must be filled and are not, as problems. */
  missing() {
    return this.root.missing().map((field) => ({ field, message: field.complaint ?? words.needed }));
  }
}

const follows = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
