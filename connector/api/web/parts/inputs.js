/** The fields of one input: text, numbers, moments, choices, yes or no, files, JSON, and dropdowns of the service. */
import { Combobox } from "./combobox.js";
import { button, make, say } from "./dom.js";
import { Field, Leaf } from "./field.js";
import { fromText, listed, parents, takesNull, typesOf } from "./schema.js";
import { words } from "./words.js";

const LONG = new Set(["text", "textarea", "code"]);
const MODES = { email: "email", uri: "url", integer: "numeric", number: "decimal" };

/** Text, and numbers as text: what does not fit is the server's to say, and nothing is lost on the way. */
export class TextField extends Leaf {
  constructor(...given) {
    super(...given);
    const { format, writeOnly, default: preset } = this.schema;
    const types = typesOf(this.schema);
    const input = LONG.has(format)
      ? make("textarea", { rows: format === "code" ? 6 : 4 })
      : make("input", { type: writeOnly ? "password" : "text" });
    const mode = MODES[format] ?? (types.length === 1 && MODES[types[0]]);
    if (mode) input.setAttribute("inputmode", mode);
    input.setAttribute("autocomplete", writeOnly ? "new-password" : "off");
    if (preset !== undefined && preset !== null) input.placeholder = words.preset(preset);
    this.dress(input);
  }

  get() {
    const text = this.input.value;
    return text === "" ? undefined : (fromText(text, this.schema) ?? text);
  }

  set(value) {
    this.input.value = value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}

/** A day, or a moment: shown in the time of the person, kept in UTC. */
export class MomentField extends Leaf {
  constructor(...given) {
    super(...given);
    const day = this.schema.format === "date";
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.dress(make("input", { type: day ? "date" : "datetime-local" }), { hint: day ? "" : words.localTime(zone) });
  }

  get() {
    const text = this.input.value;
    if (!text || this.schema.format === "date") return text || undefined;
    return new Date(text).toISOString().replace(".000Z", "Z");
  }

  set(value) {
    const moment = new Date(value ?? NaN);
    if (this.schema.format === "date") this.input.value = value ?? "";
    else
      this.input.value = isNaN(moment)
        ? ""
        : new Date(moment - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
  }
}

/** One of a few values; also yes or no, where to leave it out says something else. */
export class ChoiceField extends Leaf {
  constructor(...given) {
    super(...given);
    const { schema, required } = this;
    const rows = listed(schema, this.form.defs) ?? [
      { value: true, title: words.yes },
      { value: false, title: words.no },
    ];
    this.rows = [{ value: undefined, title: "" }, ...rows];
    if (takesNull(schema)) this.rows.push({ value: null, title: words.nothing });
    const preset = rows.find((row) => row.value === schema.default);
    this.rows[0].title = preset ? words.preset(preset.title) : required ? "" : words.unset;
    this.dress(make("select"), { nullable: false });
    this.#draw();
  }

  #draw() {
    this.input.replaceChildren(...this.rows.map((row, index) => make("option", { value: String(index) }, row.title)));
  }

  get() {
    return this.rows[Number(this.input.value)].value;
  }

  set(value) {
    let index = this.rows.findIndex((row) => row.value === value);
    if (index < 0) {
      index =
        this.rows.push({ value, title: words.notOffered(typeof value === "object" ? JSON.stringify(value) : value) }) -
        1;
      this.#draw();
    }
    this.input.value = String(index);
  }
}

/** Yes or no, where there is nothing between: said only once it differs from what is preset. */
export class TickField extends Leaf {
  constructor(...given) {
    super(...given);
    const tick = make("input", { type: "checkbox", part: "checkbox" });
    this.dress(tick, { nullable: false });
    this.element.classList.add("tick");
    this.element.prepend(tick);
    this.write(undefined);
    tick.addEventListener("change", () => (this.said = true));
  }

  get() {
    return this.said || this.required ? this.input.checked : undefined;
  }

  set(value) {
    this.said = value !== undefined;
    this.input.checked = Boolean(value ?? this.schema.default);
  }
}

/** A file: {name, content} with the content in base64. */
export class FileField extends Leaf {
  complaint = undefined;

  constructor(...given) {
    super(...given);
    const input = make("input", { type: "file" });
    this.shown = make("p", { class: "note", hidden: true });
    this.dress(input, { box: make("div", {}, input, this.shown) });
    input.addEventListener("change", () => this.form.wait(this.#read()));
  }

  async #read() {
    const [file] = this.input.files;
    if (!file) return this.set(undefined);
    const address = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onloadend = () => resolve(reader.result); // null where it could not be read
      reader.readAsDataURL(file);
    });
    this.file = address ? { name: file.name, content: address.slice(address.indexOf(",") + 1) } : undefined;
    this.#show(address ? undefined : words.unread(file.name));
    return this.form.changed(this);
  }

  get() {
    return this.file;
  }

  set(value) {
    this.file = value;
    this.input.value = "";
    this.#show();
  }

  #show(complaint) {
    const drop = () => (this.set(undefined), this.form.changed(this));
    this.complaint = complaint;
    this.mark(complaint);
    say(this.shown, this.file && `${this.file.name} `, this.file && button(words.clear, drop, { class: "small" }));
  }
}

/** Any value, written as JSON. */
export class JsonField extends Leaf {
  constructor(...given) {
    super(...given);
    this.dress(make("textarea", { rows: "3", class: "code", spellcheck: "false" }), { hint: words.json });
  }

  get() {
    const text = this.input.value.trim();
    try {
      return text ? JSON.parse(text) : undefined;
    } catch {
      return text; // told by `complaint`
    }
  }

  set(value) {
    this.input.value = value === undefined ? "" : JSON.stringify(value, null, 2);
  }

  get complaint() {
    try {
      JSON.parse(this.input.value.trim() || "null");
      return undefined;
    } catch {
      return words.badJson;
    }
  }
}

/** A choice of the service, by its name. */
export class LookupField extends Leaf {
  constructor(...given) {
    super(...given);
    this.combobox = new Combobox({
      ask: (page, signal) => this.form.ask(this, "options", page, signal),
      labels: (value) => this.form.labelOf(this, value),
      accepts: (text) => fromText(text, this.schema),
      nameOf: (name) => this.form.nameOf(this, name),
      changed: () => (this.form.typed(this), this.form.changed(this)),
      label: () => this.title,
    });
    this.dress(this.combobox.input, {
      box: this.combobox.element,
      describe: (...ids) => this.combobox.describe(...ids),
    });
    this.form.lookups.add(this);
  }

  disable(off) {
    this.combobox.disabled = off;
  }

  get() {
    return this.combobox.value;
  }

  get complaint() {
    return this.combobox.complaint;
  }

  mark(message) {
    super.mark(message);
    if (message && this.complaint) say(this.combobox.note); // which said it before
  }

  set(value) {
    this.combobox.set(value);
  }

  /** Whether what the choices hang on is another than before. */
  moved(input) {
    const now = JSON.stringify(parents(this.schema.lookup, this.pointer, input));
    const moved = this.around !== undefined && this.around !== now;
    this.around = now;
    return moved;
  }
}

/** A value that cannot be another. */
export class Constant extends Field {
  element = make("span", { hidden: true });

  get() {
    return this.schema.const;
  }

  missing() {
    return [];
  }

  set() {}

  mark() {}
}
