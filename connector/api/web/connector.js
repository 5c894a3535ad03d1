/** The elements for a page, by one script tag: <connector-select>, <connector-form> and <connector-connect>. */
import { ConnectorConnect } from "./parts/connect.js";
import { ConnectorForm } from "./parts/form.js";
import { ConnectorSelect } from "./parts/select.js";

export { words } from "./parts/words.js";
export { ConnectorConnect, ConnectorForm, ConnectorSelect };

const ELEMENTS = {
  "connector-select": ConnectorSelect,
  "connector-form": ConnectorForm,
  "connector-connect": ConnectorConnect,
};

for (const [name, element] of Object.entries(ELEMENTS))
  if (!customElements.get(name)) customElements.define(name, element);
