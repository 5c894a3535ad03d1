/** <connector-select>: the choices of a dropdown, or of a field of an operation, in a form of the page. */
import { ask, operationPath } from "./api.js";
import { Combobox } from "./combobox.js";
import { attribute, make } from "./dom.js";
import { ConnectorElement, reflect } from "./element.js";
import { words } from "./words.js";

export class ConnectorSelect extends ConnectorElement {
  static formAssociated = true;
  static observedAttributes = [
    ...ConnectorElement.observedAttributes,
    "field",
    "input",
    "value",
    "label",
    "required",
    "disabled",
  ];
  #internals = this.attachInternals();
  #combobox;
  #stored;

  constructor() {
    super();
    this.#combobox = new Combobox({
      ask: (page, signal) => this.#ask("options", { ...page }, signal),
      labels: (value) => this.#ask("labels", { values: [value] }).then((answer) => answer.labels[0]),
      accepts: (text) => (this.strict ? undefined : text),
      changed: () => this.#changed(),
      label: () => this.#name(),
    });
    this.heading = make("label", { part: "label", for: this.#combobox.input.id });
    this.shadowRoot.append(this.heading, this.#combobox.element);
  }

  /** The form as filled in so far; the list may hang on it. */
  get input() {
    return JSON.parse(this.getAttribute("input") || "{}");
  }

  set input(value) {
    this.setAttribute("input", JSON.stringify(value));
  }

  /** The value chosen, as the service has it: text or a number; undefined where there is none. */
  get value() {
    return this.#combobox.value;
  }

  set value(value) {
    this.#stored = value === "" || value === null ? undefined : value;
    if (this.loaded) this.#combobox.set(this.#stored);
    this.#tell();
  }

  /** What is shown for it. */
  get text() {
    return this.#combobox.state.text;
  }

  get form() {
    return this.#internals.form;
  }

  get validity() {
    return this.#internals.validity;
  }

  checkValidity() {
    return this.#internals.checkValidity();
  }

  reportValidity() {
    return this.#internals.reportValidity();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "value") this.value = now;
    else if (name === "input" || name === "field") this.#combobox.refill();
    else if (name === "label" || name === "required" || name === "disabled") this.#dress();
    else super.attributeChangedCallback(name, before, now);
  }

  formDisabledCallback(off) {
    this.#combobox.disabled = off;
  }

  formResetCallback() {
    this.value = this.getAttribute("value");
  }

  formStateRestoreCallback(state) {
    this.value = JSON.parse(state);
  }

  load() {
    this.#dress();
    this.#combobox.choices.forget();
    this.#combobox.set(this.#stored);
    this.#tell();
  }

  #dress() {
    const { input } = this.#combobox;
    const star = this.required ? make("span", { class: "star", "aria-hidden": "true" }, " *") : "";
    this.heading.replaceChildren(this.label, star);
    this.heading.hidden = !this.label;
    input.setAttribute("aria-required", String(this.required));
    attribute(input, "aria-label", this.heading.hidden && this.#name());
    this.#combobox.disabled = this.matches(":disabled"); // also by a fieldset around it
    this.#tell();
  }

  #name() {
    const labels = [...(this.#internals.labels ?? [])].map((label) => label.textContent.trim()).join(" ");
    return this.label || this.getAttribute("aria-label") || labels || this.operation;
  }

  #ask(what, more, signal) {
    const field = this.field || undefined;
    const path = `${operationPath(this.connector, this.operation)}/${what}`;
    return ask(this, "POST", path, { ...more, field, input: this.input }, { signal });
  }

  #changed() {
    this.#stored = this.value;
    this.#tell();
    this.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #tell() {
    const value = this.loaded ? this.value : this.#stored;
    this.#internals.setFormValue(value === undefined ? null : String(value), JSON.stringify(value ?? null));
    const { complaint, input } = this.#combobox;
    const valueMissing = this.required && value === undefined;
    const wrong = complaint ?? (valueMissing ? `${this.#name()} ${words.needed}` : "");
    this.#internals.setValidity({ badInput: Boolean(complaint), valueMissing }, wrong, input);
  }
}

reflect(ConnectorSelect, ["name", "field", "label"], ["required", "disabled", "strict"]);
