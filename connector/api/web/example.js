/** The example page: it takes a token from the address, after #, and shows what the token is for. */
import { ask, claims, HOME, operationPath } from "./parts/api.js";

const $ = (id) => document.getElementById(id);
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const { connector, connection, operations = [], scopes = [] } = claims(token ?? "");
const EVENTS = ["connector:input", "connector:submit", "connector:done", "connector:error", "change"];

/** An element of ours, or any other, with attributes. */
function made(tag, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function told(event) {
  $("said").hidden = false;
  const detail = event.type === "change" ? { value: event.target.value ?? null } : event.detail;
  const line = document.createElement("li");
  line.textContent = `${event.type} ${JSON.stringify(detail)}`.slice(0, 400);
  $("events").prepend(line);
}

async function show(operation) {
  const { kind } = await ask({ server: HOME, token }, "GET", operationPath(connector, operation)).catch(() => ({}));
  if (operation !== $("operation").value) return; // another was picked since
  const dropdown = kind === "dropdown";
  const tag = dropdown ? "connector-select" : "connector-form";
  const shown = made(tag, { token, connector, operation, ...(dropdown ? { label: operation, name: operation } : {}) });
  for (const name of EVENTS) shown.addEventListener(name, told);
  $("place").replaceChildren(shown);
}

if (connector) {
  $("without").hidden = true;
  $("about").hidden = $("place").hidden = false;
  $("connector").textContent = connector;
  $("connection").textContent = connection;
  $("scopes").textContent = scopes.join(", ");
  $("pick").hidden = operations.length < 2;
  $("operation").append(...operations.map((name) => new Option(name)));
  $("operation").addEventListener("change", (event) => show(event.target.value));
  if (scopes.includes("connect")) {
    const shown = made("connector-connect", { token, connector });
    for (const name of EVENTS) shown.addEventListener(name, told);
    $("place").append(shown);
  } else if (operations.length) show(operations[0]);
} else {
  $("command").textContent = [
    "connector keys embed KEY --connector NAME --connection NAME \\",
    `  --operations OPERATION --scopes options --origin ${location.origin}`,
  ].join("\n");
}
addEventListener("hashchange", () => location.reload());
