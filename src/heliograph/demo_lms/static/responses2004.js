"use strict";
/**
 * What a learner's response and a correct pattern look like in SCORM 2004, by type of interaction
 * (RTE 4th Ed. 4.2.9.1 and 4.2.9.2): delimiters, identifiers, and the smallest lengths an LMS must take.
 *
 * @typedef {ReferenceLms.Check} Check
 * @typedef {ReferenceLms.Fault} Fault
 */
(() => {
  const { wrong, length, decimal } = window.ReferenceLms;

  const URI = /^(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
  /** @type {Check} */
  const shortIdentifier = (value) =>
    URI.test(value) && value.length <= 250 ? null : wrong(`needs identifiers of 1 to 250 URI characters, not “${value.slice(0, 40)}”.`);

  /**
   * Takes {lang=…}, {case_matters=…}, {order_matters=…} off the front: [rest, fault].
   * @type {(value: string, allowed: string[]) => [string, Fault | null]}
   */
  const withoutPrefixes = (value, allowed) => {
    const seen = new Set();
    let rest = value;
    for (let match; (match = /^\{(lang|case_matters|order_matters)=([^}]*)\}/.exec(rest)); ) {
      const [whole, name, word] = match;
      if (!allowed.includes(name) || seen.has(name)) return [rest, null];
      const good = name === "lang" ? /^([A-Za-z]{2,8}|[ixIX])(-[A-Za-z0-9]{1,8})*$/.test(word) : /^(true|false)$/.test(word);
      if (!good) return [rest, wrong(`has a delimiter that is not understood: ${whole.slice(0, 60)}.`)];
      seen.add(name);
      rest = rest.slice(whole.length);
    }
    return [rest, null];
  };

  /** @type {(limit: number, allowed?: string[]) => Check} */
  const localized = (limit, allowed = ["lang"]) => (value) => {
    const [rest, fault] = withoutPrefixes(value, allowed);
    return fault ?? (length(rest) <= limit ? null : wrong(`has ${length(rest)} characters; the limit is ${limit}.`));
  };

  /** @type {(most: number, each: Check, unique?: boolean) => Check} */
  const list = (most, each, unique = false) => (value) => {
    const parts = value === "" ? [] : value.split("[,]");
    if (parts.length > most) return wrong(`has ${parts.length} parts; the limit is ${most}.`);
    if (unique && new Set(parts).size < parts.length) return wrong("names the same identifier twice.");
    return parts.map(each).find(Boolean) ?? null;
  };

  /** @type {(left: Check, right: Check) => Check} */
  const pair = (left, right) => (value) => {
    const parts = value.split("[.]");
    return parts.length === 2 ? (left(parts[0]) ?? right(parts[1])) : wrong("needs pairs joined by [.].");
  };

  /** @type {Check} */
  const range = (value) => {
    const parts = value.split("[:]");
    if (parts.length !== 2) return wrong("needs two numbers joined by [:].");
    const fault = parts.filter((part) => part !== "").map(decimal()).find(Boolean);
    if (fault) return fault;
    return parts[0] !== "" && parts[1] !== "" && Number(parts[0]) > Number(parts[1])
      ? wrong("has a smallest number above its largest.") : null;
  };

  /** @type {(check: Check) => Check} */
  const maybe = (check) => (value) => (value === "" ? null : check(value));
  /** @type {Check} */
  const stepAnswer = (value) => (length(value) <= 250 ? null : wrong("has a step answer over 250 characters."));
  /** @type {Check} */
  const stepPattern = (value) => (value.includes("[:]") ? range(value) : stepAnswer(value));
  /** @type {(check: Check) => Check} */
  const someStep = (check) => (value) => (value === "[.]" ? wrong("has a step with neither name nor answer.") : check(value));
  /** @type {(allowed: string[], check: Check) => Check} */
  const after = (allowed, check) => (value) => {
    const [rest, fault] = withoutPrefixes(value, allowed);
    return fault ?? check(rest);
  };
  /** @type {Check} */
  const trueFalse = (value) => (["true", "false"].includes(value) ? null : wrong("must be true or false."));

  /** `most`: how many correct patterns an interaction may have. */
  window.ReferenceLms.RESPONSES = {
    "true-false": { response: trueFalse, pattern: trueFalse, most: 1 },
    choice: { response: list(36, shortIdentifier, true), pattern: list(36, shortIdentifier, true), distinct: true },
    "fill-in": {
      response: list(10, localized(250)),
      pattern: after(["case_matters", "order_matters"], list(10, localized(250))),
    },
    "long-fill-in": { response: localized(4000), pattern: localized(4000, ["lang", "case_matters"]) },
    likert: { response: shortIdentifier, pattern: shortIdentifier, most: 1 },
    matching: {
      response: list(36, pair(shortIdentifier, shortIdentifier)), pattern: list(36, pair(shortIdentifier, shortIdentifier)),
    },
    performance: {
      response: list(250, someStep(pair(maybe(shortIdentifier), stepAnswer))),
      pattern: after(["order_matters"], list(250, someStep(pair(maybe(shortIdentifier), stepPattern)))),
    },
    sequencing: { response: list(36, shortIdentifier), pattern: list(36, shortIdentifier), distinct: true },
    numeric: { response: decimal(), pattern: range, most: 1 },
    other: { response: localized(4000, []), pattern: localized(4000, []), most: 1 },
  };
  Object.assign(window.ReferenceLms, /** @satisfies {Partial<ReferenceLms.Shared>} */ ({ localized, URI }));
})();
