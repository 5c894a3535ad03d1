/** What the three elements share: where the server is, who asks, when to load, and their events. */
import { HOME } from "./api.js";
import { sheet } from "./style.js";

export class ConnectorElement extends HTMLElement {
  static observedAttributes = ["server", "token", "connector", "operation"];
  /** A function that gives a new token, or a promise of one; called when the server no longer takes the old one. */
  renew = undefined;
  loaded = false;
  #due = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open", delegatesFocus: true }).adoptedStyleSheets = [sheet];
  }

  get server() {
    return this.getAttribute("server") || HOME;
  }

  get token() {
    return this.getAttribute("token") ?? "";
  }

  set token(text) {
    this.setAttribute("token", text);
  }

  get connector() {
    return this.getAttribute("connector") ?? "";
  }

  get operation() {
    return this.getAttribute("operation") ?? "";
  }

  connectedCallback() {
    this.#schedule();
  }

  /** A new token is used from now on; what is typed stays. Anything else is another thing to show. */
  attributeChangedCallback(name, before, now) {
    if (before === now || (name === "token" && this.loaded)) return;
    this.loaded = false;
    this.#schedule();
  }

  /** Load once, however many attributes are set in a row. */
  #schedule() {
    if (this.#due || !this.isConnected) return;
    this.#due = true;
    queueMicrotask(async () => {
      this.#due = false;
      if (!this.loaded && this.ready && this.isConnected) {
        this.loaded = true;
        this.loaded = (await this.load()) !== false;
      }
    });
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
