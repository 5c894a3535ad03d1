/** The choices of a dropdown as they come, page by page. */

const PAGES = 5; // a page may hold nothing that was searched for: so many are read before a person is asked to go on

export class Choices {
  /** `ask({search, page, refresh}, signal)` gives a page: {result, complete, next, missing}. */
  constructor(ask) {
    this.ask = ask;
    this.forget();
  }

  /** As before the first page. */
  forget() {
    this.stop?.abort();
    this.stop = undefined;
    this.going = undefined;
    this.rows = [];
    this.next = null;
    this.whole = true;
    this.missing = [];
    this.search = undefined;
  }

  /** The first page for a search. */
  async load(search, refresh = false) {
    this.forget();
    this.search = search;
    return this.#read(refresh);
  }

  /** The next page; how many choices it brought. Whoever asks while one is on its way waits for that one. */
  async more() {
    if (!this.next) return 0;
    return this.#read(false);
  }

  #read(refresh) {
    if (!this.going) {
      const going = this.#pages(refresh).finally(() => {
        if (this.going === going) this.going = undefined;
      });
      this.going = going;
    }
    return this.going;
  }

  async #pages(refresh) {
    this.stop = new AbortController();
    const { signal } = this.stop;
    const before = this.rows.length;
    for (let page = 0; page < PAGES; page++) {
      const given = { search: this.search || undefined, page: this.next ?? undefined, refresh: refresh || undefined };
      const answer = await this.ask(given, signal);
      signal.throwIfAborted();
      this.rows.push(...answer.result);
      this.next = answer.next;
      this.whole = answer.complete || before > 0 || page > 0; // read to its end it is whole, page by page
      this.missing = answer.missing ?? [];
      if (this.rows.length > before || !this.next) break;
    }
    return this.rows.length - before;
  }
}
