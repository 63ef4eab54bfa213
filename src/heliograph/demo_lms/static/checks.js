"use strict";
/**
 * The kit both data models are checked with. A check takes a value and returns null, or what is wrong with it:
 * {kind, why}, where kind is "type" or "range" and why ends the sentence "The value …".
 *
 * @typedef {ReferenceLms.Check} Check
 * @typedef {ReferenceLms.Fault} Fault
 */
window.ReferenceLms = /** @type {ReferenceLms.Shared} */ ({}); // each script adds its part

(() => {
  /** What the LMS says no to: an error code of the standard and a sentence for GetDiagnostic. */
  class Refusal extends Error {
    /** @param {number} code @param {string} why */
    constructor(code, why) {
      super(why);
      this.code = String(code);
    }
  }

  /** @type {(why: string) => Fault} */
  const wrong = (why) => ({ kind: "type", why });
  /** @type {(why: string) => Fault} */
  const outside = (why) => ({ kind: "range", why });
  const length = (/** @type {string} */ value) => [...value].length;

  /** @type {(limit: number) => Check} */
  const text = (limit) => (value) =>
    length(value) <= limit ? null : wrong(`has ${length(value)} characters; the limit is ${limit}.`);

  /** @type {(expression: RegExp, why: string) => Check} */
  const pattern = (expression, why) => (value) => (expression.test(value) ? null : wrong(why));

  /** @type {(...words: string[]) => Check} */
  const oneOf = (...words) => (value) =>
    words.includes(value) ? null : wrong(`must be one of: ${words.map((word) => word || "an empty string").join(", ")}.`);

  /** @type {(low?: number, high?: number) => Check} */
  const decimal = (low = -Infinity, high = Infinity) => (value) => {
    if (!/^-?\d+(\.\d+)?$/.test(value)) return wrong("must be a decimal number such as 12 or -0.5.");
    const number = Number(value);
    return number >= low && number <= high ? null : outside(`must lie between ${low} and ${high}.`);
  };

  /** @type {(low: number, high: number) => Check} */
  const whole = (low, high) => (value) => {
    if (!/^-?\d{1,9}$/.test(value)) return wrong("must be a whole number.");
    return Number(value) >= low && Number(value) <= high ? null : outside(`must lie between ${low} and ${high}.`);
  };

  /** @type {(check: Check) => Check} */
  const orBlank = (check) => (value) => (value === "" ? null : check(value));

  /** "cmi.objectives.3.score.raw" → {generic: "cmi.objectives.n.score.raw", indices: [3]} */
  const parse = (/** @type {string} */ name) => {
    /** @type {number[]} */
    const indices = [];
    const generic = name.replace(/\.(0|[1-9]\d{0,4})(?=\.|$)/g, (_, digits) => {
      indices.push(Number(digits));
      return ".n";
    });
    return { generic, indices };
  };

  /** The collections on the way to an element: [["cmi.interactions", 3], ["cmi.interactions.3.objectives", 0]] */
  const collections = (/** @type {string} */ name) =>
    [...name.matchAll(/\.(\d+)(?=\.|$)/g)].map((match) => /** @type {[string, number]} */ ([name.slice(0, match.index), Number(match[1])]));

  /**
   * How many records a collection holds; records have no gaps.
   * @param {Map<string, string>} values
   * @param {string} collection
   */
  const count = (values, collection) => {
    let count = 0;
    const prefix = `${collection}.`;
    for (const name of values.keys()) {
      if (name.startsWith(prefix)) count = Math.max(count, 1 + Number.parseInt(name.slice(prefix.length), 10));
    }
    return count;
  };

  Object.assign(window.ReferenceLms, /** @satisfies {Partial<ReferenceLms.Shared>} */ ({
    Refusal, wrong, outside, length, text, pattern, oneOf, decimal, whole, orBlank, parse, collections, count,
  }));
})();
