/**
 * A standard's table, compiled to a lookup: from an element's name, as content spells it, to what the table says of it.
 * The same as `runtime/cmi/table.py`, over the same JSON files: whoever changes one changes the other.
 *
 * @import { CollectionSpec, ElementSpec, TableContent, TypeSpec } from "types/cmi"
 *
 * @typedef {Object} Named
 * @property {string} pattern      the element's name, with `n` for each index
 * @property {string[]} collections  patterns of the collections its indices count in, outermost first
 * @property {string} value        what a keyword answers
 *
 * @typedef {Named & { kind: "element", spec: ElementSpec }} ElementEntry  `spec`: the table's line
 * @typedef {Named & { kind: "children"|"count"|"version"|"branch", spec: { [Key in keyof ElementSpec]?: undefined } }} OtherEntry
 * @typedef {ElementEntry | OtherEntry} Entry
 *
 * @typedef {Object} ElementPath
 * @property {Entry} entry
 * @property {number[]} indices
 * @property {string} name         the element's name with plain indices ("01" becomes "1")
 *
 * @typedef {ElementPath & { entry: ElementEntry }} DataElementPath
 */

const INDEX = /^[0-9]{1,9}$/;

export class Table {
  /** @param {TableContent} content a standard's JSON, as fetched */
  constructor(content) {
    this.content = content;
    this.standard = content.standard;
    this.collections = content.collections;
    this.failures = content.failures;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    for (const entry of entriesOf(content)) this.entries.set(entry.pattern, entry);
  }

  /**
   * Where an element belongs, or null where the standard has no such element.
   * @param {string} element
   * @returns {ElementPath|null}
   */
  find(element) {
    if (element.length > this.content.longest_element) return null;
    const direct = this.entries.get(element);
    if (direct && direct.collections.length === 0 && !element.endsWith("}")) {
      return { entry: direct, indices: [], name: element };
    }
    if (element.endsWith("}")) return this.#targeted(element);
    const parts = element.split(".");
    const indices = parts.filter((part) => INDEX.test(part)).map(Number);
    const entry = this.entries.get(parts.map((part) => (INDEX.test(part) ? "n" : part)).join("."));
    if (!entry || indices.length !== slots(entry.pattern)) return null;
    return { entry, indices, name: parts.map((part) => (INDEX.test(part) ? String(Number(part)) : part)).join(".") };
  }

  /**
   * `….choice.{target=ID}`: the identifier may hold dots (SN 5.6).
   * @param {string} element
   * @returns {ElementPath|null}
   */
  #targeted(element) {
    const start = element.indexOf(".{target=");
    const entry = start < 0 ? undefined : this.entries.get(element.slice(0, start) + ".{target}");
    return entry ? { entry, indices: [], name: element } : null;
  }

  /**
   * What the table says of a type, with `like` filled in and, when strict, the standard's own limits applied.
   * @param {string} name
   * @param {boolean} strict
   * @returns {TypeSpec}
   */
  typeSpec(name, strict) {
    const written = this.content.types[name];
    const base = written.like ? this.typeSpec(written.like, strict) : {};
    return /** @type {TypeSpec} */ (withStrict({ ...base, ...written }, written, strict));
  }

  /** The standard's words for an error code; empty for a code it does not have. @param {string} code */
  errorText(code) {
    return Object.hasOwn(this.content.errors, code) ? this.content.errors[code] : "";
  }
}

/**
 * A line of the table with its `strict` part laid over it, or left out.
 * @template {{ strict?: object }} Spec
 * @param {Spec} spec
 * @param {{ strict?: object }} written
 * @param {boolean} strict
 * @returns {Omit<Spec, "strict">}
 */
export function withStrict(spec, written, strict) {
  const { strict: _, ...rest } = spec;
  return strict ? { ...rest, ...written.strict } : rest;
}

/** How many indices a pattern has. @param {string} pattern */
export function slots(pattern) {
  return pattern.split(".").filter((part) => part === "n").length;
}

/** Whether this part of a name is an index. @param {string} part */
export function isIndex(part) {
  return INDEX.test(part);
}

/**
 * Every name the lookup knows; branches first, so that what is more than a branch takes its place.
 * @param {TableContent} content
 */
function* entriesOf({ elements, collections, records, version }) {
  /** @param {Entry["kind"]} kind @param {string} pattern @param {ElementSpec | {}} spec @param {string} value */
  const entry = (kind, pattern, spec = {}, value = "") => /** @type {Entry} */ ({
    kind, pattern, spec, value, collections: collectionsOf(pattern, collections),
  });
  for (const pattern of Object.keys(elements)) {
    for (const head of heads(pattern)) yield entry("branch", head);
  }
  yield entry("version", "cmi._version", {}, version);
  for (const pattern of [...Object.keys(collections), ...records]) {
    if (collections[pattern]?.children === false) continue;
    const prefix = pattern in collections ? `${pattern}.n.` : `${pattern}.`;
    yield entry("children", `${pattern}._children`, {}, children(prefix, elements).join(","));
  }
  for (const pattern of Object.keys(collections)) yield entry("count", `${pattern}._count`);
  for (const [pattern, spec] of Object.entries(elements)) yield entry("element", pattern, spec);
}

/** The names of the branches that lead to an element. @param {string} pattern */
function heads(pattern) {
  const parts = pattern.split(".");
  return parts.slice(0, -1).map((_, end) => parts.slice(0, end + 1).join("."));
}

/** @param {string} pattern @param {Record<string, CollectionSpec>} collections */
function collectionsOf(pattern, collections) {
  return heads(pattern).filter((head) => head in collections && `${pattern}.`.startsWith(`${head}.n.`));
}

/** @param {string} prefix @param {Record<string, ElementSpec>} elements */
function children(prefix, elements) {
  const inside = Object.keys(elements).filter((element) => element.startsWith(prefix));
  return [...new Set(inside.map((element) => element.slice(prefix.length).split(".")[0]))];
}
