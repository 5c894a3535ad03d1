/** <connector-connect>: a person connects an account of theirs, by values or by signing in. */
import { ask, claims } from "./api.js";
import { fresh, make, say } from "./dom.js";
import { reflect } from "./element.js";
import { Fields } from "./fields.js";
import { FormElement } from "./frame.js";
import { words } from "./words.js";

const PAUSE = 1500; // milliseconds between looks at a sign-in

export class ConnectorConnect extends FormElement {
  static observedAttributes = ["server", "token", "connector", "name"];
  #way;
  #there; // the connection, where there is one: it is then replaced
  #turn = 0; // of the sign-in that is waited for: an older one is not listened to

  constructor() {
    super();
    this.ways = make("fieldset", { part: "fieldset", class: "ways" });
    this.ends = make("p", { class: "note", part: "note", hidden: true });
    this.heading.after(this.ways, this.ends);
  }

  get ready() {
    return Boolean(this.token && this.connector);
  }

  fetch(signal) {
    const path = `v1/connectors/${encodeURIComponent(this.connector)}`;
    return Promise.all([ask(this, "GET", path, undefined, { signal }), this.#kept(signal)]);
  }

  /** The connection, where it is there already. */
  async #kept(signal) {
    const name = this.name || claims(this.token).connection;
    try {
      return name && (await ask(this, "GET", `v1/connections/${encodeURIComponent(name)}`, undefined, { signal }));
    } catch (error) {
      if (error.problem?.status === 404) return undefined;
      throw error;
    }
  }

  show([{ title, ways }, kept]) {
    this.#there = kept;
    say(this.heading, title);
    const group = fresh("way");
    const choice = (way, index) => {
      const input = make("input", {
        type: "radio",
        name: group,
        part: "radio",
        checked: index === 0,
        onchange: () => this.#pick(way),
      });
      return make("label", { class: "tick" }, input, way.title);
    };
    this.ways.replaceChildren(make("legend", { part: "legend" }, words.way), ...ways.map(choice));
    this.ways.hidden = ways.length < 2;
    this.#pick(ways[0]);
    if (kept) this.#greet(kept);
  }

  #greet({ who }) {
    this.tell("good", who ? words.connectedAs(who) : words.connected);
  }

  #pick(way) {
    this.#way = way;
    this.fields = new Fields(way.schema, this);
    this.place.replaceChildren(this.fields.element);
    say(this.ends, way.ends && (way.ends.message || words.ends(way.ends.date)));
    this.submitter.textContent = way.signs_in ? words.signIn : words.connect;
    this.tell("");
  }

  /** Connect by what is filled in. */
  async act() {
    const turn = ++this.#turn;
    // opened at once: a browser lets only what a person does open a window
    const popup = this.#way.signs_in ? open("about:blank", "_blank", "popup,width=560,height=720") : undefined;
    this.tell("", words.running);
    try {
      const { connector, name, fields } = this;
      const replace = Boolean(this.#there);
      const given = { connector, name: name || undefined, way: this.#way.name, values: fields.value, replace };
      if (this.#way.signs_in) await this.#signIn(given, popup, turn);
      else this.#connected(await ask(this, "POST", "v1/connections", given));
    } catch (error) {
      popup?.close();
      if (!error.problem) throw error;
      this.#failed(error.problem, error.message);
    }
  }

  async #signIn(given, popup, turn) {
    const { address, state } = await ask(this, "POST", "v1/sign-ins", given);
    const url = new URL(address);
    if (url.protocol !== "https:" && url.protocol !== "http:")
      throw new TypeError("The sign-in has no address of the web.");
    if (popup) popup.location.replace(url.href);
    const link = make("a", { href: url.href, target: "_blank", rel: "opener", part: "link" }, words.openWindow);
    this.tell("", ...(popup ? [words.waiting] : [words.blocked, link]));
    this.#await(state, popup, turn);
  }

  /** Until the other window says that it is done, or the server does. */
  async #await(state, popup, turn) {
    let wake, closed;
    const origin = new URL(this.server).origin;
    const heard = (event) => event.origin === origin && event.data?.type === "connector:connected" && wake?.();
    addEventListener("message", heard);
    try {
      while (turn === this.#turn && this.isConnected) {
        const found = await this.#look(state);
        if (turn !== this.#turn) return;
        if (found.status === "connected") return void (popup?.close(), this.#connected(await this.#kept()));
        if (found.status === "failed")
          return void (popup?.close(), this.#failed(found, found.detail || words.notConnected));
        if (popup?.closed && !closed) this.tell("bad", words.closed);
        closed = popup?.closed; // or seems to be, where the service cuts its window off: the server knows
        await new Promise((resolve) => {
          wake = resolve;
          setTimeout(resolve, PAUSE);
        });
      }
    } catch (error) {
      this.#failed(error.problem ?? {}, error.message);
    } finally {
      removeEventListener("message", heard);
    }
  }

  /** What became of a sign-in; one that could not be asked about is looked at again. */
  async #look(state) {
    try {
      return await ask(this, "GET", `v1/sign-ins/${encodeURIComponent(state)}`);
    } catch (error) {
      if (error.problem?.status === 0) return { status: "pending" };
      throw error;
    }
  }

  #connected(connection) {
    this.#there = connection;
    this.#greet(connection);
    this.emit("connector:done", connection);
  }

  #failed(problem, message) {
    const errors = (problem.errors ?? []).map((one) => ({
      ...one,
      pointer: one.pointer?.replace(/^\/values(?=\/|$)/, ""),
    }));
    if (errors.length) this.refuse(errors);
    else this.tell("bad", message);
    this.emit("connector:error", problem);
  }
}

reflect(ConnectorConnect, ["name"]);
