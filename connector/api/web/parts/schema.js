/** A bundled JSON Schema, read as the fields of a form. Values in, values out. */

/** A schema with its `$ref` followed and its `allOf` merged: one flat object. What stands nearer wins. */
export function flat(schema, defs) {
  if (schema === true || schema === undefined) return {};
  const { $ref, allOf = [], ...own } = schema;
  const parts = [...($ref ? [defs[$ref.replace("#/$defs/", "")] ?? {}] : []), ...allOf];
  return parts
    .map((part) => flat(part, defs))
    .concat(own)
    .reduce(merged, {});
}

function merged(one, other) {
  const properties = { ...one.properties };
  for (const [name, schema] of Object.entries(other.properties ?? {})) {
    properties[name] = name in properties ? { allOf: [properties[name], schema] } : schema;
  }
  const found = { ...one, ...other };
  if (one.properties || other.properties) found.properties = properties;
  if (one.required || other.required)
    found.required = [...new Set([...(one.required ?? []), ...(other.required ?? [])])];
  return found;
}

/** The types that a flat schema lets a value be, null apart; none where it does not say. */
export const typesOf = (schema) => [schema.type ?? []].flat().filter((type) => type !== "null");

/** Whether null says something here. */
export const takesNull = (schema) => [schema.type ?? []].flat().includes("null") || (schema.enum ?? []).includes(null);

/** The values to choose from, [{value, title}], null apart; undefined where any value may stand. */
export function listed(schema, defs) {
  if (schema.enum)
    return schema.enum.filter((value) => value !== null).map((value) => ({ value, title: String(value) }));
  const branches = (schema.oneOf ?? schema.anyOf)?.map((branch) => flat(branch, defs));
  if (!branches?.length || !branches.every((branch) => "const" in branch)) return undefined;
  return branches
    .filter((branch) => branch.const !== null)
    .map((branch) => ({
      value: branch.const,
      title: branch.title ?? String(branch.const),
      description: branch.description,
    }));
}

/** The forms that a value may have, each a flat schema with what is said of all; undefined where it has one. */
export function forms(schema, defs) {
  const { oneOf, anyOf, ...base } = schema;
  const says = (branch) => branch.properties || branch.type || branch.items;
  const branches = (oneOf ?? anyOf)?.map((branch) => flat(branch, defs)).filter(says);
  if (branches?.length > 1) return branches.map((branch) => ({ form: branch.title, schema: merged(base, branch) }));
  const types = typesOf(schema);
  const simple = types.filter((type) => type !== "object" && type !== "array");
  if (types.length < 2 || simple.length === types.length) return undefined;
  const { properties, required, items, ...value } = base;
  const found = simple.length ? [{ kind: "value", schema: { ...value, type: simple } }] : [];
  if (types.includes("object"))
    found.push({ kind: "object", schema: { ...value, properties, required, type: "object" } });
  if (types.includes("array")) found.push({ kind: "list", schema: { ...value, items, type: "array" } });
  return found;
}

/** How well a value is told by a form: names that it knows, less those that it wants or does not know. */
export function likeness(schema, value, defs) {
  const types = typesOf(schema);
  if (types.length && !types.includes(typeOf(value)) && !(types.includes("number") && typeOf(value) === "integer"))
    return -1000;
  if (typeOf(value) !== "object") return 0;
  const known = schema.properties ?? {};
  const wrong = (name) => "const" in flat(known[name], defs) && flat(known[name], defs).const !== value[name];
  const good = Object.keys(value).filter((name) => name in known && !wrong(name)).length;
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  return 2 * good - Object.keys(value).length - missing.length;
}

const typeOf = (value) =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;

/** The fields of an account, [{key, id, schema}], where a list of {id, value} has a form for each; else undefined. */
export function accountFields(schema, defs) {
  const items = flat(schema.items, defs);
  const branches = (items.oneOf ?? items.anyOf ?? []).map((branch) => flat(branch, defs));
  const found = branches.map((branch) => {
    const properties = Object.entries(branch.properties ?? {}).map(([name, one]) => [name, flat(one, defs)]);
    const [key, mark] = properties.find(([, one]) => "const" in one) ?? [];
    const value = properties.find(([name]) => name === "value")?.[1];
    const { title = mark?.title, description } = branch;
    return (
      key && value && { key, id: mark.const, schema: { ...value, title: title ?? String(mark.const), description } }
    );
  });
  return found.length && found.every(Boolean) ? found : undefined;
}

/** What kind of input a flat schema wants. */
export function kindOf(schema, defs) {
  const types = typesOf(schema);
  if (schema.format === "file") return "file";
  if ("const" in schema) return "constant";
  if (listed(schema, defs)) return "choice";
  if (schema.lookup && !types.includes("array") && !types.includes("object")) return "lookup";
  if (types[0] === "boolean") return types.length === 1 ? "boolean" : "choice";
  const items = types[0] === "array" && schema.items ? flat(schema.items, defs) : undefined;
  if (items && listed(items, defs) && (schema.uniqueItems || types.length > 1)) return "ticks";
  if (forms(schema, defs)) return "forms";
  if (types[0] === "object") return schema.properties ? "object" : "json";
  if (types[0] === "array") {
    if (!items) return "json";
    return accountFields(schema, defs) ? "account" : "list";
  }
  return types.length ? "text" : "json";
}

/** The value that a text stands for: of the first type that it fits; undefined where it fits none. */
export function fromText(text, schema) {
  const types = typesOf(schema);
  const number = Number(text);
  for (const type of types.length ? types : ["string"]) {
    if (type === "integer" && /^[+-]?\d+$/.test(text) && Number.isSafeInteger(number)) return number;
    if (type === "number" && text.trim() && Number.isFinite(number)) return number;
    if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
    if (type === "string" && fits(text, schema)) return text;
  }
  return undefined;
}

function fits(text, { pattern }) {
  try {
    return !pattern || new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

/** The names of the fields, those that must be given first, and the advanced ones apart. */
export function ordered({ properties = {}, required = [] }, defs) {
  const names = Object.keys(properties);
  const first = [
    ...names.filter((name) => required.includes(name)),
    ...names.filter((name) => !required.includes(name)),
  ];
  const advanced = first.filter((name) => flat(properties[name], defs).advanced && !required.includes(name));
  return { main: first.filter((name) => !advanced.includes(name)), advanced };
}

/** A name as a part of a JSON Pointer. */
export const step = (name) => String(name).replaceAll("~", "~0").replaceAll("/", "~1");

/** The names of a JSON Pointer. */
export const steps = (pointer) =>
  pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));

/** What the fields that a lookup needs hold, looked for beside its field, then further out. */
export function parents(lookup, pointer, input) {
  const around = [input];
  for (const name of steps(pointer).slice(0, -1)) around.unshift(around[0]?.[name]);
  const holds = (name) => (place) => place?.[name] !== undefined && place?.[name] !== null;
  return Object.values(lookup.input ?? {}).map((name) => around.find(holds(name))?.[name]);
}
