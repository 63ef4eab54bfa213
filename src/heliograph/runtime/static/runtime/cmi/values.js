/**
 * What values an element takes: a judge for each type of the table, as in `runtime/cmi/values.py`.
 * A judge answers "" for a good value, else why it is refused: "type" (not of this form) or "range" (out of bounds).
 * Lengths are counted in characters (code points), as on the server.
 *
 * @import { JudgedSpec, Kinds } from "types/cmi"
 *
 * @typedef {(value: string) => ""|"type"|"range"} Judge
 */

/** @template Spec @typedef {(spec: Spec, values: Values) => Judge} JudgeMaker */

import { withStrict } from "./table.js";

const LANGUAGE_TAG = /^([A-Za-z]{1,8})((?:-[A-Za-z0-9]{1,8})*)$/;
const LANGUAGE_PREFIX = /^\{lang=([^{}]*)\}/;
const LONGEST_NUMBER = 100;

export class Values {
  /**
   * @param {import("./table.js").Table} table
   * @param {boolean} strict
   */
  constructor(table, strict) {
    this.table = table;
    this.strict = strict;
    this.languages = new Set(table.content.languages.flatMap((line) => line.split(" ")));
    /** @type {Map<string, Judge>} */
    this.judges = new Map();
  }

  /**
   * @param {string} typeName
   * @param {string} value
   * @param {string} interaction the type of interaction a response belongs to
   * @returns {""|"type"|"range"}
   */
  whyRefused(typeName, value, interaction = "") {
    const spec = this.table.typeSpec(typeName, this.strict);
    if (spec.kind !== "by_interaction") return this.judge(typeName)(value);
    if (spec.max !== undefined && isLonger(value, spec.max)) return "type";
    return this.judge(this.interaction(interaction)[spec.part] || spec.otherwise)(value);
  }

  /**
   * How responses to a type of interaction look: `response`, `pattern`, `patterns` (how many), `distinct`.
   * @param {string} interaction
   */
  interaction(interaction) {
    const all = this.table.content.interactions;
    const written = Object.hasOwn(all, interaction) ? all[interaction] : {};
    return withStrict(written, written, this.strict);
  }

  /** @param {string} name @returns {Judge} */
  judge(name) {
    if (!this.judges.has(name)) {
      const spec = /** @type {JudgedSpec} */ (this.table.typeSpec(name, this.strict));
      this.judges.set(name, /** @type {JudgeMaker<JudgedSpec>} */ (JUDGES[spec.kind])(spec, this));
    }
    return /** @type {Judge} */ (this.judges.get(name));
  }

  /** language_type (RTE 4.1.1): an ISO 639 code, or i or x, with subtags. @param {string} value */
  isLanguage(value) {
    const tag = LANGUAGE_TAG.exec(value);
    if (!tag) return false;
    const primary = tag[1].toLowerCase();
    return this.languages.has(primary) || (["i", "x"].includes(primary) && tag[2] !== "");
  }
}

/** @type {{ [Kind in keyof Kinds]: JudgeMaker<Kinds[Kind]> }} */
const JUDGES = {
  text: ({ max, without = [] }) => (value) =>
    typeUnless(!isLonger(value, max) && !without.some((token) => value.includes(token))),

  /** localized_string_type (RTE 4.1.1): the delimiter in front does not count toward the length. */
  localized: ({ max }, values) => (value) => {
    const prefix = LANGUAGE_PREFIX.exec(value);
    if (!prefix) return typeUnless(!isLonger(value, max));
    return typeUnless(values.isLanguage(prefix[1]) && !isLonger(value.slice(prefix[0].length), max));
  },

  language: ({ blank }, values) => (value) => typeUnless(values.isLanguage(value) || (value === "" && blank)),

  number: ({ format, blank, least = -Infinity, most = Infinity }) => {
    const form = whole(format);
    return (value) => {
      if (value === "" && blank) return "";
      const number = Number(value);
      if (isLonger(value, LONGEST_NUMBER) || !form.test(value) || !Number.isFinite(number)) return "type";
      return least <= number && number <= most ? "" : "range";
    };
  },

  words: ({ words }) => (value) => typeUnless(words.includes(value)),

  format: ({ format, max }) => {
    const form = whole(format);
    return (value) => typeUnless(!isLonger(value, max) && form.test(value));
  },

  either: ({ of }, values) => {
    const judges = of.map((name) => values.judge(name));
    return (value) => typeUnless(judges.some((judge) => !judge(value)));
  },

  /** Items between [,] (RTE 4.2.9.1). */
  list: ({ of, max, distinct, blank }, values) => {
    const item = values.judge(of);
    return (value) => {
      if (value === "") return typeUnless(blank);
      const items = value.split("[,]");
      if (items.length > max || (distinct && new Set(items).size < items.length)) return "type";
      return typeUnless(items.every((each) => !item(each)));
    };
  },

  /** Two values with [.] between them. */
  pair: ({ of }, values) => {
    const [first, second] = of.map((name) => values.judge(name));
    return (value) => {
      const parts = value.split("[.]");
      return typeUnless(parts.length === 2 && !first(parts[0]) && !second(parts[1]));
    };
  },

  /** Two numbers with [:] between them, either of which may be missing; the first may not exceed the second. */
  range: ({ of }, values) => {
    const number = values.judge(of);
    return (value) => {
      const bounds = value.split("[:]");
      if (bounds.length !== 2 || bounds.some((bound) => bound !== "" && number(bound))) return "type";
      return typeUnless(bounds.includes("") || Number(bounds[0]) <= Number(bounds[1]));
    };
  },

  /** {case_matters=…} and {order_matters=…}, each at most once, in any order, in front of the value proper. */
  options: ({ of, options }, values) => {
    const rest = values.judge(of);
    const option = new RegExp(`^\\{(${options.join("|")})=([^{}]*)\\}`);
    return (value) => {
      const seen = new Set();
      for (let match = option.exec(value); match && !seen.has(match[1]); match = option.exec(value)) {
        if (match[2] !== "true" && match[2] !== "false") return "type";
        seen.add(match[1]);
        value = value.slice(match[0].length);
      }
      return rest(value);
    };
  },
};

/** @param {boolean} [good] */
function typeUnless(good) {
  return good ? "" : "type";
}

/** @param {string} format */
function whole(format) {
  return new RegExp(`^(?:${format})$`, "u");
}

/**
 * Whether a text has more than this many characters; counts them only where the quick look cannot tell.
 * @param {string} value
 * @param {number} max
 */
function isLonger(value, max) {
  if (value.length <= max) return false;
  if (value.length > 2 * max) return true;
  let length = 0;
  for (const _ of value) length += 1;
  return length > max;
}
