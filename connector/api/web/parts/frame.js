/** An element that is a form with a button: what is read for it first, and what became of it. */
import { button, make, say } from "./dom.js";
import { ConnectorElement } from "./element.js";
import { words } from "./words.js";

export class FormElement extends ConnectorElement {
  #busy = false;

  constructor() {
    super();
    this.waiting = make("p", { class: "note", role: "status", hidden: true });
    this.heading = make("h2", { part: "title" });
    this.place = make("div", { class: "place" });
    this.told = make("div", { part: "outcome", class: "outcome", role: "status" });
    this.submitter = make("button", { type: "submit", class: "main", part: "button submit" });
    const foot = make("div", { class: "foot" }, this.submitter);
    this.shape = make(
      "form",
      { novalidate: true, part: "form", hidden: true },
      this.heading,
      this.place,
      this.told,
      foot,
    );
    this.shadowRoot.append(this.waiting, this.shape);
    this.shape.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  /** Read what the form is made of, and show it; false, with a button to try again, where that failed. */
  async load(signal) {
    this.shape.hidden = true;
    say(this.waiting, words.loading);
    try {
      const found = await this.fetch(signal);
      if (signal.aborted) return false;
      this.show(found);
    } catch (error) {
      if (signal.aborted) return false;
      if (!error.problem) throw error;
      const retry = button(words.retry, () => this.read(), { class: "small" });
      say(this.waiting, make("span", { class: "mark error", role: "alert" }, error.message), " ", retry);
      this.emit("connector:error", error.problem);
      return false;
    }
    say(this.waiting);
    this.shape.hidden = false;
    return true;
  }

  /** What the button does, once at a time: `act`, where what must be there is. */
  async submit() {
    if (this.#busy || !this.fields) return;
    this.#busy = true;
    this.submitter.setAttribute("aria-disabled", "true");
    try {
      await this.fields.settled();
      const missing = this.fields.missing();
      if (missing.length) return this.refuse(missing);
      this.fields.mark([]);
      await this.act();
    } finally {
      this.#busy = false;
      this.submitter.removeAttribute("aria-disabled");
    }
  }

  /** Say what does not fit, at the fields and in a list that leads to them. */
  refuse(problems) {
    const marked = this.fields.mark(problems);
    this.tell("bad", words.wrong(marked.length));
    if (marked.length < 2) return;
    const lead = ({ field, text }) =>
      make(
        "li",
        {},
        button(text, () => field.focus(), { class: "lead" }),
      );
    this.told.append(make("ul", {}, ...marked.map(lead)));
  }

  /** Say what became of it: good, bad, unknown, or nothing yet. */
  tell(kind, ...parts) {
    this.told.className = `outcome ${kind}`;
    this.told.setAttribute("part", `outcome ${kind}`);
    this.told.replaceChildren(...parts.filter(Boolean).map((part) => make("p", {}, part)));
  }
}
