"use strict";
/**
 * The SCORM 1.2 data model with its real limits (SCORM 1.2 RTE 3.4), as a strict LMS keeps it.
 *
 * One table says of every element who may use it and what it takes; get, set and finish are all there is besides.
 *
 * @typedef {ReferenceLms.Check} Check
 * @typedef {{ access: "ro", initial: string } | { access: "rw" | "wo", initial: string, check: Check }} Rule
 */
(() => {
  const { Refusal, text, pattern, oneOf, decimal, whole, orBlank, parse, collections, count } = window.ReferenceLms;

  const identifier = pattern(/^[\x21-\x7e]{1,255}$/, "must be an identifier: 1 to 255 visible ASCII characters, no spaces.");
  const timespan = pattern(/^\d{2,4}:\d{2}:\d{2}(\.\d{1,2})?$/, "must be a time span such as 0000:12:30.5.");
  const time = pattern(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,2})?$/, "must be a time of day such as 14:05:09.");
  const score = orBlank(decimal(0, 100));
  const statuses = ["passed", "completed", "failed", "incomplete", "browsed"];
  const types = ["true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric"];
  /** @type {Check} */
  const result = (value) =>
    ["correct", "wrong", "unanticipated", "neutral"].includes(value) ? null : decimal()(value) && {
      kind: "type", why: "must be correct, wrong, unanticipated, neutral or a number." };

  /** What an answer looks like, by type of question (RTE 3.4, CMIFeedback); any short text where the type is open. @type {ReferenceLms.Lookup<Check>} */
  const FEEDBACK = {
    __proto__: null,
    "true-false": pattern(/^[01tf]/i, "must begin with 0, 1, t or f."),
    choice: pattern(/^\{?[0-9a-z](,[0-9a-z])*\}?$/i, "must be single letters or digits with commas between them."),
    sequencing: pattern(/^[0-9a-z](,[0-9a-z])*$/i, "must be single letters or digits with commas between them."),
    matching: pattern(/^\{?[0-9a-z]\.[0-9a-z](,[0-9a-z]\.[0-9a-z])*\}?$/i, "must be pairs such as 1.a,2.b."),
    likert: pattern(/^[0-9a-z]?$/i, "must be one letter or digit."),
    numeric: decimal(),
  };

  /** @returns {Rule} */
  const ro = (initial = "") => ({ access: "ro", initial });
  /** @type {(check: Check, initial?: string) => Rule} */
  const rw = (check, initial = "") => ({ access: "rw", check, initial });
  /** @type {(check: Check) => Rule} */
  const wo = (check) => ({ access: "wo", check, initial: "" });

  /** @type {ReferenceLms.Lookup<Rule>} */
  const RULES = {
    __proto__: null,
    "cmi._version": ro("3.4"),
    "cmi.core.student_id": ro(),
    "cmi.core.student_name": ro(),
    "cmi.core.lesson_location": rw(text(255)),
    "cmi.core.credit": ro("credit"),
    "cmi.core.lesson_status": rw(oneOf(...statuses), "not attempted"),
    "cmi.core.entry": ro("ab-initio"),
    "cmi.core.score.raw": rw(score),
    "cmi.core.score.min": rw(score),
    "cmi.core.score.max": rw(score),
    "cmi.core.total_time": ro("0000:00:00.00"),
    "cmi.core.lesson_mode": ro("normal"),
    "cmi.core.exit": wo(oneOf("time-out", "suspend", "logout", "")),
    "cmi.core.session_time": wo(timespan),
    "cmi.suspend_data": rw(text(4096)),
    "cmi.launch_data": ro(),
    "cmi.comments": rw(text(4096)),
    "cmi.comments_from_lms": ro(),
    "cmi.student_data.mastery_score": ro(),
    "cmi.student_data.max_time_allowed": ro(),
    "cmi.student_data.time_limit_action": ro(),
    "cmi.student_preference.audio": rw(whole(-1, 100), "0"),
    "cmi.student_preference.language": rw(text(255)),
    "cmi.student_preference.speed": rw(whole(-100, 100), "0"),
    "cmi.student_preference.text": rw(whole(-1, 1), "0"),
    "cmi.objectives.n.id": rw(identifier),
    "cmi.objectives.n.score.raw": rw(score),
    "cmi.objectives.n.score.min": rw(score),
    "cmi.objectives.n.score.max": rw(score),
    "cmi.objectives.n.status": rw(oneOf(...statuses, "not attempted"), "not attempted"),
    "cmi.interactions.n.id": wo(identifier),
    "cmi.interactions.n.objectives.n.id": wo(identifier),
    "cmi.interactions.n.time": wo(time),
    "cmi.interactions.n.type": wo(oneOf(...types)),
    "cmi.interactions.n.correct_responses.n.pattern": wo(text(255)),
    "cmi.interactions.n.weighting": wo(decimal()),
    "cmi.interactions.n.student_response": wo(text(255)),
    "cmi.interactions.n.result": wo(result),
    "cmi.interactions.n.latency": wo(timespan),
  };
  /** @type {ReferenceLms.Lookup<string>} */
  const CHILDREN = {
    __proto__: null,
    "cmi.core": "student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time",
    "cmi.core.score": "raw,min,max",
    "cmi.objectives": "id,score,status",
    "cmi.objectives.n.score": "raw,min,max",
    "cmi.student_data": "mastery_score,max_time_allowed,time_limit_action",
    "cmi.student_preference": "audio,language,speed,text",
    "cmi.interactions": "id,objectives,time,type,correct_responses,weighting,student_response,result,latency",
  };
  const ARRAYS = ["cmi.objectives", "cmi.interactions", "cmi.interactions.n.objectives", "cmi.interactions.n.correct_responses"];
  const KEYWORD = /\._(children|count|version)$/;
  const UNKNOWN = "is not an element of the SCORM 1.2 data model.";

  class Scorm12 {
    /**
     * @param {Record<string, string>} given what the LMS says about this launch
     * @param {Record<string, string>} stored what was kept of earlier sittings
     */
    constructor(given, stored) {
      this.values = new Map([...Object.entries(stored), ...Object.entries(given)]);
    }

    /** Throws Refusal 201, 202, 203 or 404. @param {string} name @returns {string} */
    get(name) {
      const { generic } = parse(name);
      if (KEYWORD.test(name) && name !== "cmi._version") return this.#keyword(name);
      const rule = RULES[generic];
      if (!rule) throw new Refusal(201, `${name} ${UNKNOWN}`);
      if (rule.access === "wo") throw new Refusal(404, `${name} can only be written.`);
      this.#mustExist(name);
      return this.values.get(name) ?? rule.initial;
    }

    /** Throws Refusal 201, 402, 403 or 405. @param {string} name @param {string} value */
    set(name, value) {
      if (KEYWORD.test(name)) return this.#refuseKeyword(name);
      const { generic } = parse(name);
      const rule = RULES[generic];
      if (!rule) throw new Refusal(201, `${name} ${UNKNOWN}`);
      if (rule.access === "ro") throw new Refusal(403, `${name} can only be read.`);
      for (const [collection, index] of collections(name)) {
        const held = count(this.values, collection);
        if (index > held) throw new Refusal(201, `${collection} holds ${held}; the next index is ${held}, not ${index}.`);
      }
      if (name === "cmi.comments") value = (this.values.get(name) ?? "") + value;
      const fault = rule.check(value) ?? this.#feedbackFault(generic, name, value);
      if (fault) throw new Refusal(405, `The value ${fault.why}`);
      this.values.set(name, value);
    }

    /** LMSFinish: the time is added up, and the LMS decides the status where the standard says so (RTE 3.4.4). */
    finish() {
      const total = seconds(this.get("cmi.core.total_time")) + seconds(this.values.get("cmi.core.session_time"));
      this.values.set("cmi.core.total_time", asTimespan(total));
      const mode = this.get("cmi.core.lesson_mode");
      if (this.get("cmi.core.lesson_status") === "not attempted") {
        this.values.set("cmi.core.lesson_status", mode === "browse" ? "browsed" : "completed");
      }
      const mastery = this.get("cmi.student_data.mastery_score");
      const raw = this.get("cmi.core.score.raw");
      if (mode === "normal" && this.get("cmi.core.credit") === "credit" && mastery !== "" && raw !== "") {
        this.values.set("cmi.core.lesson_status", Number(raw) >= Number(mastery) ? "passed" : "failed");
      }
    }

    /** What an LMS stores: everything said, and the status and time whether said or not. */
    elements() {
      const kept = Object.fromEntries(this.values);
      for (const name of ["cmi.core.lesson_status", "cmi.core.total_time"]) kept[name] = this.get(name);
      return kept;
    }

    /** @param {string} name @returns {string} */
    #keyword(name) {
      const parent = name.replace(KEYWORD, "");
      const { generic } = parse(parent);
      const known = generic in RULES || generic in CHILDREN || ARRAYS.includes(generic);
      if (!known) throw new Refusal(201, `${name} ${UNKNOWN}`);
      this.#mustExist(parent);
      if (name.endsWith("._children")) {
        if (generic in CHILDREN) return /** @type {string} */ (CHILDREN[generic]);
        throw new Refusal(202, `${parent} has no children.`);
      }
      if (name.endsWith("._count") && ARRAYS.includes(generic)) return String(count(this.values, parent));
      throw new Refusal(203, `${parent} is not an array, so it has no count.`);
    }

    /** @param {string} name @returns {never} */
    #refuseKeyword(name) {
      const { generic } = parse(name.replace(KEYWORD, ""));
      const known = generic === "cmi" || generic in RULES || generic in CHILDREN || ARRAYS.includes(generic);
      if (!known) throw new Refusal(201, `${name} ${UNKNOWN}`);
      throw new Refusal(402, `${name} is a keyword and cannot be set.`);
    }

    /** @param {string} name */
    #mustExist(name) {
      for (const [collection, index] of collections(name)) {
        const held = count(this.values, collection);
        if (index >= held) throw new Refusal(201, `${collection} holds ${held}, so it has no index ${index}.`);
      }
    }

    /** @param {string} generic @param {string} name @param {string} value */
    #feedbackFault(generic, name, value) {
      const answer = /^cmi\.interactions\.n\.(student_response|correct_responses\.n\.pattern)$/.test(generic);
      const type = this.values.get(name.replace(/^(cmi\.interactions\.\d+)\..*$/, "$1.type")) ?? "";
      return answer && value !== "" && FEEDBACK[type] ? FEEDBACK[type](value) : null;
    }
  }

  const seconds = (span = "") => {
    const [hours, minutes, rest] = span.split(":").map(Number);
    return span ? hours * 3600 + minutes * 60 + rest : 0;
  };

  const asTimespan = (/** @type {number} */ total) => {
    const hundredths = Math.round(total * 100);
    const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(hundredths / 360000), Math.floor(hundredths / 6000) % 60];
    const rest = `${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
    return `${String(Math.min(hours, 9999)).padStart(4, "0")}:${two(minutes)}:${rest}`;
  };

  window.ReferenceLms.Model = Scorm12;
  window.ReferenceLms.standard = {
    name: "SCORM 1.2",
    api: "API",
    methods: {
      initialize: "LMSInitialize", finish: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit",
      lastError: "LMSGetLastError", errorString: "LMSGetErrorString", diagnostic: "LMSGetDiagnostic",
    },
    statuses: ["cmi.core.lesson_status"],
    suspendData: "cmi.suspend_data",
    wrongValue: 405,
    readOnly: 403,
    codes: {
      argument: 201, emptyGet: 201, emptySet: 201, commitFailed: 101, finishFailed: 101,
      startedAlready: 101, startAfterEnd: 101,
      before: { finish: 301, get: 301, set: 301, commit: 301 },
      after: { finish: 301, get: 301, set: 301, commit: 301 },
    },
    errors: {
      __proto__: null,
      0: "No error", 101: "General exception", 201: "Invalid argument error", 202: "Element cannot have children",
      203: "Element not an array - cannot have count", 301: "Not initialized", 401: "Not implemented error",
      402: "Invalid set value, element is a keyword", 403: "Element is read only", 404: "Element is write only",
      405: "Incorrect data type",
    },
  };
})();
