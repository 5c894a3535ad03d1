/** What the three elements share: where the server is, who asks, when to load, and their events. */
import { HOME } from "./api.js";
import { sheet } from "./style.js";

/** Give a class a property for each of these attributes: text, or, of the flags, whether it is there. */
export function reflect({ prototype }, texts, flags = []) {
  for (const name of texts)
    Object.defineProperty(prototype, name, {
      get() {
        return this.getAttribute(name) ?? "";
      },
      set(text) {
        if (text === undefined || text === null) this.removeAttribute(name);
        else this.setAttribute(name, text);
      },
    });
  for (const name of flags)
    Object.defineProperty(prototype, name, {
      get() {
        return this.hasAttribute(name);
      },
      set(on) {
        this.toggleAttribute(name, Boolean(on));
      },
    });
}

export class ConnectorElement extends HTMLElement {
  static observedAttributes = ["server", "token", "connector", "operation"];
  // `renew`, which a page may set, gives a new token or a promise of one, when the server no longer takes the old one
  loaded = false;
  #due = false;
  #early = {}; // properties that the page set before this class was known
  #stop; // ends what is being read

  constructor() {
    super();
    for (const name of Object.keys(this).filter((name) => name in Object.getPrototypeOf(this))) {
      this.#early[name] = this[name];
      delete this[name];
    }
    const delegatesFocus = Boolean(this.constructor.formAssociated); // a form would take it at any click on its words
    this.attachShadow({ mode: "open", delegatesFocus }).adoptedStyleSheets = [sheet];
  }

  get server() {
    return new URL(this.getAttribute("server") || HOME, document.baseURI).href;
  }

  set server(url) {
    this.setAttribute("server", url ?? "");
  }

  connectedCallback() {
    const early = this.#early;
    this.#early = {};
    Object.assign(this, early);
    this.#schedule();
  }

  disconnectedCallback() {
    if (this.#stop) this.#forget();
  }

  /** A new token is used from now on; what is typed stays. Anything else is another thing to show. */
  attributeChangedCallback(name, before, now) {
    if (before === now || (name === "token" && this.loaded)) return;
    this.#forget();
    this.#schedule();
  }

  #forget() {
    this.#stop?.abort();
    this.#stop = undefined;
    this.loaded = false;
  }

  /** Load once, however many attributes are set in a row. */
  #schedule() {
    if (this.#due || !this.isConnected) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (!this.loaded && this.ready && this.isConnected) this.read();
    });
  }

  /** Load, and give up what is being loaded: an older answer never wins. */
  async read() {
    this.#forget();
    const stop = (this.#stop = new AbortController());
    this.loaded = true;
    const shown = await this.load(stop.signal);
    if (this.#stop !== stop) return;
    this.#stop = undefined;
    this.loaded = shown !== false;
  }

  /** Whether all that is needed is said. */
  get ready() {
    return Boolean(this.token && this.connector && this.operation);
  }

  /** Tell the page; false where it prevented what comes next. */
  emit(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
  }
}

reflect(ConnectorElement, ["token", "connector", "operation"]);
