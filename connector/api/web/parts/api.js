/** Speaks to the server: one request, its answer, or a Refusal. */
import { words } from "./words.js";

/** The server's problem document as an error. */
export class Refusal extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || words.unreachable);
    this.problem = problem;
  }
}

/** Where these files came from: the server that is meant unless another is named. */
export const HOME = new URL("../..", import.meta.url).href;

const renewals = new WeakMap(); // by who waits for one: a promise of a new token

/** Whether `who` has another token than the old one; however many ask, the page is asked once. */
async function renewed(who, old) {
  if (who.token === old && who.renew) {
    if (!renewals.has(who)) {
      const renewal = Promise.resolve().then(() => who.renew()).catch(reportError);
      renewals.set(who, renewal.finally(() => renewals.delete(who)));
    }
    who.token = (await renewals.get(who)) || who.token;
  }
  return who.token !== old;
}

/** Ask as `who`: an element with `server`, `token` and, where the page can get a new token, `renew()`. */
export async function ask(who, method, path, body, { signal, headers = {} } = {}) {
  const address = new URL(path, who.server.endsWith("/") ? who.server : `${who.server}/`);
  for (let attempt = 0; ; attempt++) {
    const { token } = who;
    const sent = { Authorization: `Bearer ${token}`, ...headers };
    if (body !== undefined) sent["Content-Type"] = "application/json";
    let answer, text;
    try {
      const content = body === undefined ? undefined : JSON.stringify(body);
      answer = await fetch(address, { method, headers: sent, body: content, signal, credentials: "omit" });
      text = await answer.text();
      if (answer.ok) return parse(text);
    } catch (error) {
      throw error.name === "AbortError" ? error : new Refusal({ status: 0, detail: words.unreachable });
    }
    if (answer.status === 401 && attempt === 0 && (await renewed(who, token))) continue;
    throw new Refusal({ status: answer.status, title: answer.statusText, ...problemOf(text) });
  }
}

const problemOf = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

/** JSON; a whole number too long for JavaScript stays what it is, as its digits. */
function parse(text) {
  if (!/\d{16}/.test(text)) return text ? JSON.parse(text) : null;
  const kept = (key, value, context) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) && context ? context.source : value;
  return JSON.parse(text, kept);
}

/** The path of an operation. */
export const operationPath = (connector, operation) =>
  `v1/connectors/${encodeURIComponent(connector)}/operations/${encodeURIComponent(operation)}`;

/** What a token says of itself; nothing where it cannot be read. The server alone judges it. */
export function claims(token) {
  try {
    const [, payload] = token.split(".");
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}
