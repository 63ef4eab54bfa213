/**
 * The data of one SCO: reads and writes elements by the rules of its standard's table, as `runtime/cmi/model.py` does.
 * The two give the same answers: tests hold them to it.
 *
 * @import { TableContent } from "types/cmi"
 * @import { DataElementPath, ElementPath } from "./table.js"
 *
 * @typedef {Object} Answer
 * @property {string} value       a value read, or "true"/"false" for a value set
 * @property {number} error       the standard's error code, 0 for none
 * @property {string} diagnostic  one sentence about the error
 */

import { Table, isIndex, slots, withStrict } from "./table.js";
import { Values } from "./values.js";

const LONGEST_DIAGNOSTIC = 255;
const LONGEST_NAME_TOLD = 100;
/** The keywords, and the failure where one is missing. */
const KEYWORDS = new Map([["_children", "no_children"], ["_count", "no_count"], ["_version", "undefined"]]);
/** No database keeps these as text (NUL, half a surrogate pair), so a commit that held one would be lost whole. */
const NO_TEXT = /[\0\ud800-\udfff]/u;

/** A failure of the table, with what its sentence needs to say. */
class Refused {
  /** @param {string} failure @param {Record<string, string>} told */
  constructor(failure, told = {}) {
    this.failure = failure;
    this.told = told;
  }
}

export class DataModel {
  /** @type {Map<string, string>} */
  #data;
  /** @type {Map<string, number>} */
  #counts = new Map();

  /**
   * @param {Table|TableContent} table a compiled table, or a standard's JSON as fetched
   * @param {Object} [options]
   * @param {Object<string, string>} [options.data] what an earlier session left: a model's `data`
   * @param {Object<string, string>} [options.seed] what the LMS gives now: its word wins for elements that content may
   *   only read and for collections the LMS owns, the stored word for the rest
   * @param {boolean} [options.strict] refuse what exceeds the standard's own limits
   */
  constructor(table, { data = {}, seed = {}, strict = false } = {}) {
    this.table = table instanceof Table ? table : new Table(table);
    this.values = new Values(this.table, strict);
    this.#data = seeded(this.table, data, seed);
    for (const name of this.#data.keys()) this.#countIn(name);
  }

  /** Everything set or seeded, flat, by element name: what is stored between sessions. A copy. */
  get data() {
    return Object.fromEntries(this.#data);
  }

  /**
   * The value of an element, or "" with an error code (RTE 3.1; SCORM 1.2 RTE 3.3).
   * @param {string} element
   * @returns {Answer}
   */
  getValue(element) {
    return this.#answer("", element, () => this.#get(element));
  }

  /**
   * Sets an element: "true", or "false" with an error code, changing nothing (RTE 3.1; SCORM 1.2 RTE 3.3).
   * @param {string} element
   * @param {string} value
   * @returns {Answer}
   */
  setValue(element, value) {
    return this.#answer("false", element, () => this.#set(element, value));
  }

  /** @param {string} element */
  #get(element) {
    const path = this.#find(element);
    if (isElement(path) && path.entry.spec.access === "w") throw new Refused("write_only");
    this.#checkEntries(path);
    if (path.entry.kind === "count") return String(this.#counts.get(path.name.slice(0, -"._count".length)) ?? 0);
    if (!isElement(path)) return path.entry.value;
    const { spec } = path.entry;
    if (!this.#access(path).includes("r")) throw new Refused("write_only");
    const value = this.#judged(path) || (this.#data.get(path.name) ?? spec.default);
    if (value === undefined || (value === "" && spec.blank_is_unset)) throw new Refused("unset");
    return value;
  }

  /** @param {string} element @param {string} value */
  #set(element, value) {
    const path = this.#find(element, true);
    if (!isElement(path)) throw new Refused("keyword");
    if (path.entry.spec.access === "r") throw new Refused("read_only");
    this.#checkRoom(path);
    if (!this.#access(path).includes("w")) throw new Refused("read_only");
    this.#checkNeeds(path);
    this.#checkValue(path, value);
    this.#checkIdentity(path, value);
    this.#data.set(path.name, value);
    this.#countIn(path.name);
    return "true";
  }

  /** What content names: an element or a keyword. @param {string} element */
  #find(element, setting = false) {
    if (element === "") throw new Refused(setting ? "empty_set" : "empty_get");
    const path = this.table.find(element);
    if (path && path.entry.kind !== "branch") return path;
    const end = Math.max(element.lastIndexOf("."), 0);
    const keyword = element.slice(end + 1);
    if (KEYWORDS.has(keyword) && this.table.find(element.slice(0, end))) {
      // That an element lacks a keyword is an error of its own only to who reads it (RTE 3.1.7; SCORM 1.2 RTE
      // 3.3).
      throw new Refused(setting ? "set_missing_keyword" : /** @type {string} */ (KEYWORDS.get(keyword)));
    }
    throw new Refused("undefined");
  }

  /** Reading: every index must name an entry there is. @param {ElementPath} path */
  #checkEntries({ entry, indices }) {
    entry.collections.forEach((collection, level) => {
      if (indices[level] >= this.#count(collection, indices)) throw new Refused("no_entry");
    });
  }

  /**
   * Setting: every index names an entry there is, or the next one of a collection that content may extend.
   * @param {DataElementPath} path
   */
  #checkRoom(path) {
    path.entry.collections.forEach((collection, level) => {
      const index = path.indices[level];
      const count = this.#count(collection, path.indices);
      const { owner, most } = this.#limits(collection, path);
      if (index > count || (index === count && owner === "lms")) throw new Refused("gap");
      if (index === count && index >= most) throw new Refused("full");
    });
  }

  /**
   * Who may extend a collection, and to how many entries; interactions limit their correct responses by type.
   * @param {string} collection
   * @param {DataElementPath} path
   */
  #limits(collection, path) {
    const written = this.table.collections[collection];
    const { max, owner = "content" } = withStrict(written, written, this.values.strict);
    const { spec, collections } = path.entry;
    const byType = spec.by && collection === collections.at(-1) && path.indices.length > 1;
    const patterns = byType ? this.values.interaction(this.#interaction(path)).patterns ?? max : max;
    return { owner, most: Math.min(max, patterns) };
  }

  /** @param {DataElementPath} path */
  #checkNeeds({ entry, indices }) {
    for (const needed of entry.spec.needs ?? []) {
      const needs = filled(needed, indices);
      if (!this.#data.has(needs)) throw new Refused("dependency", { needs });
    }
  }

  /** @param {DataElementPath} path @param {string} value */
  #checkValue(path, value) {
    const { type } = path.entry.spec;
    const why = this.values.whyRefused(type, value, this.#interaction(path));
    if (why) throw new Refused(why, { expected: this.table.typeSpec(type, this.values.strict).expected });
    if (NO_TEXT.test(value)) throw new Refused("no_text");
  }

  /** @param {DataElementPath} path @param {string} value */
  #checkIdentity(path, value) {
    const { spec } = path.entry;
    if (spec.fixed && (this.#data.get(path.name) ?? value) !== value) throw new Refused("fixed");
    const distinct = spec.by && this.values.interaction(this.#interaction(path)).distinct;
    const compared = spec.unique || (distinct && path.indices.length > 1);
    if (compared && this.#others(path).includes(value)) throw new Refused("duplicate");
  }

  /** The values the same element has in the other entries of its collection. @param {DataElementPath} path */
  #others({ entry, indices }) {
    const collection = /** @type {string} */ (entry.collections.at(-1));
    const rest = entry.pattern.slice(`${collection}.n`.length);
    const prefix = filled(collection, indices);
    const others = [];
    for (let index = 0; index < (this.#counts.get(prefix) ?? 0); index += 1) {
      if (index !== indices.at(-1)) others.push(this.#data.get(`${prefix}.${index}${rest}`));
    }
    return others;
  }

  /** The type of the interaction to which an element belongs, or "". @param {DataElementPath} path */
  #interaction({ entry, indices }) {
    return entry.spec.by ? this.#data.get(filled(entry.spec.by, indices)) ?? "" : "";
  }

  /**
   * What this SCO may do with this entry: the manifest grants access to each bucket of shared data (adlcp:map).
   * @param {DataElementPath} path
   */
  #access({ entry, indices }) {
    const { granted, access } = entry.spec;
    return (granted && this.#data.get(filled(granted, indices))) ?? access;
  }

  /**
   * The status by threshold, once both it and the measure are known (RTE 4.2.4.1, 4.2.22.1), else "".
   * @param {DataElementPath} path
   */
  #judged({ entry }) {
    const rule = entry.spec.judged;
    if (!rule) return "";
    const value = number(this.#data.get(rule.value));
    const threshold = number(this.#data.get(rule.threshold));
    if (value === null || threshold === null) return "";
    return value >= threshold ? rule.reached : rule.missed;
  }

  /** @param {string} collection @param {number[]} indices */
  #count(collection, indices) {
    return this.#counts.get(filled(collection, indices)) ?? 0;
  }

  /** @param {string} name */
  #countIn(name) {
    const parts = name.split(".");
    parts.forEach((part, position) => {
      if (!isIndex(part)) return;
      const collection = parts.slice(0, position).join(".");
      this.#counts.set(collection, Math.max(this.#counts.get(collection) ?? 0, Number(part) + 1));
    });
  }

  /** @param {string} failed @param {string} element @param {() => string} ask @returns {Answer} */
  #answer(failed, element, ask) {
    try {
      return { value: ask(), error: 0, diagnostic: "" };
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      const { error, text } = this.table.failures[refused.failure];
      const told = { element: [...element.slice(0, 2 * LONGEST_NAME_TOLD)].slice(0, LONGEST_NAME_TOLD).join("") };
      let diagnostic = text.replace("{element}", () => told.element);
      for (const [key, word] of Object.entries(refused.told)) diagnostic = diagnostic.replace(`{${key}}`, () => word);
      return { value: failed, error, diagnostic: [...diagnostic].slice(0, LONGEST_DIAGNOSTIC).join("") };
    }
  }
}

/** @param {ElementPath} path @returns {path is DataElementPath} */
function isElement(path) {
  return path.entry.kind === "element";
}

/** The number an element holds, or null where it holds none. @param {string | undefined} text */
function number(text) {
  const value = text ? Number(text) : NaN;
  return Number.isFinite(value) ? value : null;
}

/** A pattern with its `n`s replaced by the first of these indices. @param {string} pattern @param {number[]} indices */
function filled(pattern, indices) {
  return indices.slice(0, slots(pattern)).reduce((name, index) => name.replace(".n.", `.${index}.`), pattern);
}

/**
 * Stored data and the LMS's seed as one: see DataModel for whose word wins.
 * @param {Table} table
 * @param {Record<string, string>} data
 * @param {Record<string, string>} seed
 */
function seeded(table, data, seed) {
  const stored = new Map(Object.entries(data));
  const given = new Map(Object.entries(seed));
  for (const [collection, { owner }] of Object.entries(table.collections)) {
    if (collection.includes(".n.")) continue;
    const [loser, winner] = owner === "lms" ? [stored, given] : [given, stored];
    const inside = (/** @type {string} */ name) => name.startsWith(`${collection}.`);
    if ([...winner.keys()].some(inside)) [...loser.keys()].filter(inside).forEach((name) => loser.delete(name));
  }
  for (const [name, value] of given) {
    if (!stored.has(name) || table.find(name)?.entry.spec.access === "r") stored.set(name, value);
  }
  return stored;
}
