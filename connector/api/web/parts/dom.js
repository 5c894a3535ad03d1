/** Makes elements. Data becomes text and attributes, never markup. */

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "textContent"]);

/** An element; `on…` attributes are listeners, undefined, null and false ones are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

export const button = (text, click, attributes = {}) =>
  make("button", { type: "button", part: "button", onclick: click, ...attributes }, text);

let made = 0;

/** An id that no other element has. */
export const fresh = (stem) => `${stem}-${++made}`;

/** Put words into a place, or take them away; hidden while there are none. */
export function say(place, ...children) {
  place.replaceChildren(...children.filter(Boolean));
  place.hidden = !place.hasChildNodes();
}

/** Set an attribute, or take it away where there is no value. */
export function attribute(element, name, value) {
  if (value === undefined || value === null || value === false || value === "") element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "true" : value);
}
