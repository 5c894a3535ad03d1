/** <connector-form>: the form of an operation, and the operation run by it. */
import { ask, claims, operationPath } from "./api.js";
import { make, say } from "./dom.js";
import { Fields } from "./fields.js";
import { reflect } from "./element.js";
import { FormElement } from "./frame.js";
import { words } from "./words.js";

const SCOPES = { read: "read", destroy: "destroy" }; // all other effects are writes

export class ConnectorForm extends FormElement {
  static observedAttributes = [...FormElement.observedAttributes, "value"];
  #given = {};
  #key; // of the request, the same when it is sent again

  constructor() {
    super();
    this.about = make("p", { class: "hint", part: "description" });
    this.heading.after(this.about);
  }

  /** The input as filled in; what is empty is left out. */
  get value() {
    return this.fields ? this.fields.value : this.#given;
  }

  set value(value) {
    this.#given = value ?? {};
    if (this.fields) this.fields.value = this.#given;
  }

  /** Empty the form. */
  reset() {
    this.value = {};
    this.#key = undefined;
    this.tell("");
  }

  attributeChangedCallback(name, before, now) {
    if (name === "value") this.value = JSON.parse(now || "{}");
    else super.attributeChangedCallback(name, before, now);
  }

  fetch(signal) {
    return ask(this, "GET", operationPath(this.connector, this.operation), undefined, { signal });
  }

  show(operation) {
    const { title, description, effect, input_schema: schema } = operation;
    this.effect = effect;
    this.fields = new Fields(schema, this, {
      typed: () => (this.#key = undefined),
      changed: () => this.#changed(),
    });
    say(this.heading, title);
    say(this.about, description);
    this.place.replaceChildren(this.fields.element);
    this.submitter.textContent = this.button || title;
    this.tell("");
    this.fields.value = this.#given;
  }

  #changed() {
    this.#key = undefined;
    this.emit("connector:input", { input: this.value });
  }

  /** Whether the token runs this operation too; else the page does with the input what it wants. */
  get runs() {
    return (claims(this.token).scopes ?? []).includes(SCOPES[this.effect] ?? "write");
  }

  /** Give the input to the page, and run the operation unless the page prevents that. */
  async act() {
    const input = this.value;
    this.tell("");
    if (this.emit("connector:submit", { input }, true) && this.runs) await this.#run(input);
  }

  async #run(input) {
    this.tell("", words.running);
    this.#key ??= name();
    try {
      const path = `${operationPath(this.connector, this.operation)}/run`;
      const answer = await ask(this, "POST", path, { input }, { headers: { "Idempotency-Key": this.#key } });
      this.#key = undefined;
      this.tell("good", words.done);
      this.emit("connector:done", { input, ...answer });
    } catch (error) {
      if (!error.problem) throw error;
      const { status, code = "", errors, call_id: call, kind } = error.problem;
      const unknown = kind === "OutcomeUnknown" || code === "#outcome_unknown";
      if (errors?.length) this.refuse(errors);
      else if (unknown) this.tell("unknown", words.unknownOutcome, call && words.call(call));
      else this.tell("bad", error.message, call && words.call(call));
      if (status && status < 500 && !unknown) this.#key = undefined; // it did not happen: what comes next is another
      this.emit("connector:error", error.problem);
    }
  }
}

reflect(ConnectorForm, ["button"]);

/** A name that no other request has. */
const name = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
