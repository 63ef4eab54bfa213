"use strict";
/**
 * The SCORM 2004 data model (RTE 4th Ed. 4.1 and 4.2), as a strict LMS keeps it: ranges, vocabularies, id first, no gaps.
 *
 * One table says of every element who may use it and what it takes. Where the standard names a smallest permitted
 * maximum, that is the limit here. Sequencing is not this LMS's business; navigation requests go to the play page.
 *
 * @typedef {ReferenceLms.Check} Check
 * @typedef {{ access: "ro", initial?: string } | { access: "rw" | "wo", initial?: string, check: Check | null }} Rule `check`: null where the
 *   interaction's type decides
 */
(() => {
  const { Refusal, wrong, text, pattern, oneOf, decimal, parse, collections, count, localized, URI, RESPONSES } = window.ReferenceLms;

  /** @type {Check} */
  const longIdentifier = (value) => {
    if (!URI.test(value) || value.length > 4000) return wrong("must be an identifier: 1 to 4,000 URI characters, no spaces.");
    return !/^urn:/i.test(value) || /^urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:.+/i.test(value) ? null : wrong("is not a complete URN.");
  };
  const interval = pattern(
    /^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,2})?S)?)?$/, "must be a duration such as PT1H30M5.25S.");
  const timestamp = pattern(
    /^(19[7-9]\d|20[0-2]\d|203[0-8])(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d{1,2})?(Z|[+-]([01]\d|2[0-3])(:[0-5]\d)?)?)?)?)?)?)?$/,
    "must be a time such as 2026-11-21T10:30:00.5Z, with at most two digits after the second.");
  const language = pattern(/^(?=.{0,250}$)(([A-Za-z]{2,8}|[ixIX])(-[A-Za-z0-9]{1,8})*)?$/, "must be a language such as en-GB.");
  const completion = oneOf("completed", "incomplete", "not attempted", "unknown");
  const success = oneOf("passed", "failed", "unknown");
  const types = oneOf(...Object.keys(RESPONSES));
  /** @type {Check} */
  const result = (value) =>
    ["correct", "incorrect", "unanticipated", "neutral"].includes(value) || !decimal()(value) ? null
      : wrong("must be correct, incorrect, unanticipated, neutral or a number.");
  const request = pattern(
    /^(continue|previous|exit|exitAll|abandon|abandonAll|suspendAll|_none_|\{target=[^}]+\}(choice|jump))$/, "is not a navigation request.");

  /** @type {(initial?: string) => Rule} */
  const ro = (initial) => ({ access: "ro", initial });
  /** @type {(check: Check | null, initial?: string) => Rule} */
  const rw = (check, initial) => ({ access: "rw", check, initial });
  /** @type {(check: Check) => Rule} */
  const wo = (check) => ({ access: "wo", check });

  /** @type {ReferenceLms.Lookup<Rule>} */
  const RULES = {
    __proto__: null,
    "cmi._version": ro("1.0"),
    "cmi.comments_from_learner.n.comment": rw(localized(4000)),
    "cmi.comments_from_learner.n.location": rw(text(250)),
    "cmi.comments_from_learner.n.timestamp": rw(timestamp),
    "cmi.comments_from_lms.n.comment": ro(),
    "cmi.comments_from_lms.n.location": ro(),
    "cmi.comments_from_lms.n.timestamp": ro(),
    "cmi.completion_status": rw(completion, "unknown"),
    "cmi.completion_threshold": ro(),
    "cmi.credit": ro("credit"),
    "cmi.entry": ro("ab-initio"),
    "cmi.exit": wo(oneOf("time-out", "suspend", "logout", "normal", "")),
    "cmi.interactions.n.id": rw(longIdentifier),
    "cmi.interactions.n.type": rw(types),
    "cmi.interactions.n.objectives.n.id": rw(longIdentifier),
    "cmi.interactions.n.timestamp": rw(timestamp),
    "cmi.interactions.n.correct_responses.n.pattern": rw(null),
    "cmi.interactions.n.weighting": rw(decimal()),
    "cmi.interactions.n.learner_response": rw(null),
    "cmi.interactions.n.result": rw(result),
    "cmi.interactions.n.latency": rw(interval),
    "cmi.interactions.n.description": rw(localized(250)),
    "cmi.launch_data": ro(),
    "cmi.learner_id": ro(),
    "cmi.learner_name": ro(),
    "cmi.learner_preference.audio_level": rw(decimal(0), "1"),
    "cmi.learner_preference.language": rw(language, ""),
    "cmi.learner_preference.delivery_speed": rw(decimal(0), "1"),
    "cmi.learner_preference.audio_captioning": rw(oneOf("-1", "0", "1"), "0"),
    "cmi.location": rw(text(1000)),
    "cmi.max_time_allowed": ro(),
    "cmi.mode": ro("normal"),
    "cmi.objectives.n.id": rw(longIdentifier),
    "cmi.objectives.n.score.scaled": rw(decimal(-1, 1)),
    "cmi.objectives.n.score.raw": rw(decimal()),
    "cmi.objectives.n.score.min": rw(decimal()),
    "cmi.objectives.n.score.max": rw(decimal()),
    "cmi.objectives.n.success_status": rw(success, "unknown"),
    "cmi.objectives.n.completion_status": rw(completion, "unknown"),
    "cmi.objectives.n.progress_measure": rw(decimal(0, 1)),
    "cmi.objectives.n.description": rw(localized(250)),
    "cmi.progress_measure": rw(decimal(0, 1)),
    "cmi.scaled_passing_score": ro(),
    "cmi.score.scaled": rw(decimal(-1, 1)),
    "cmi.score.raw": rw(decimal()),
    "cmi.score.min": rw(decimal()),
    "cmi.score.max": rw(decimal()),
    "cmi.session_time": wo(interval),
    "cmi.success_status": rw(success, "unknown"),
    "cmi.suspend_data": rw(text(64000)),
    "cmi.time_limit_action": ro("continue,no message"),
    "cmi.total_time": ro("PT0S"),
    "adl.nav.request": rw(request, "_none_"),
    "adl.nav.request_valid.continue": ro("unknown"),
    "adl.nav.request_valid.previous": ro("unknown"),
  };
  const SCORE = "scaled,raw,min,max";
  const COMMENTS = "comment,location,timestamp";
  /** @type {ReferenceLms.Lookup<string>} */
  const CHILDREN = {
    __proto__: null,
    cmi: "_version,comments_from_learner,comments_from_lms,completion_status,completion_threshold,credit,entry,exit,interactions,launch_data,learner_id,learner_name,learner_preference,location,max_time_allowed,mode,objectives,progress_measure,scaled_passing_score,score,session_time,success_status,suspend_data,time_limit_action,total_time",
    "cmi.comments_from_learner": COMMENTS,
    "cmi.comments_from_lms": COMMENTS,
    "cmi.interactions": "id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description",
    "cmi.learner_preference": "audio_level,language,delivery_speed,audio_captioning",
    "cmi.objectives": "id,score,success_status,completion_status,progress_measure,description",
    "cmi.objectives.n.score": SCORE,
    "cmi.score": SCORE,
    "adl.data": "id,store",
  };
  const ARRAYS = [
    "cmi.comments_from_learner", "cmi.comments_from_lms", "cmi.interactions", "cmi.interactions.n.objectives",
    "cmi.interactions.n.correct_responses", "cmi.objectives", "adl.data"];
  const IDENTIFIED = ["cmi.objectives", "cmi.interactions", "cmi.interactions.n.objectives"];
  const KEYWORD = /\._(children|count|version)$/;
  const TARGET = /^adl\.nav\.request_valid\.(choice|jump)\.\{target=[^}]+\}$/;

  class Scorm2004 {
    /**
     * @param {Record<string, string>} given what the LMS says about this launch
     * @param {Record<string, string>} stored what was kept of earlier sittings
     */
    constructor(given, stored) {
      this.values = new Map([...Object.entries(given), ...Object.entries(stored), ...launchFacts(given)]);
    }

    /** Throws Refusal 301, 401, 403 or 405 (RTE 3.1.7). @param {string} name @returns {string} */
    get(name) {
      if (TARGET.test(name)) return "unknown";
      if (KEYWORD.test(name) && name !== "cmi._version") return this.#keyword(name);
      const rule = RULES[parse(name).generic];
      if (!rule) throw new Refusal(401, `${name} is not an element of the SCORM 2004 data model.`);
      this.#mustExist(name);
      if (rule.access === "wo") throw new Refusal(405, `${name} can only be written.`);
      const value = this.#evaluated(name) ?? this.values.get(name) ?? rule.initial;
      if (value === undefined) throw new Refusal(403, `${name} has no value yet.`);
      return value;
    }

    /** Throws Refusal 351, 401, 404, 406, 407 or 408. @param {string} name @param {string} value */
    set(name, value) {
      const { generic } = parse(name);
      if (KEYWORD.test(name) || TARGET.test(name)) return this.#refuseKeyword(name);
      const rule = RULES[generic];
      if (!rule) throw new Refusal(401, `${name} is not an element of the SCORM 2004 data model.`);
      if (rule.access === "ro") throw new Refusal(404, `${name} can only be read.`);
      this.#mustFollow(name);
      const fault = (rule.check ?? this.#answerCheck(name, generic))(value);
      if (fault) throw new Refusal(fault.kind === "range" ? 407 : 406, `The value ${fault.why}`);
      this.#mustBeUnique(name, generic, value);
      this.values.set(name, value);
    }

    /** Terminate: the time is added up; suspending everything suspends this SCO too (SN 4th Ed. SB.2.11, RTE 4.2.8). */
    finish() {
      const total = seconds(this.get("cmi.total_time")) + seconds(this.values.get("cmi.session_time"));
      this.values.set("cmi.total_time", asInterval(total));
      if (this.values.get("adl.nav.request") === "suspendAll") this.values.set("cmi.exit", "suspend");
    }

    /** What an LMS stores: everything said, and status and time as they are read, whether said or not. */
    elements() {
      const kept = Object.fromEntries(this.values);
      for (const name of ["cmi.completion_status", "cmi.success_status", "cmi.total_time"]) kept[name] = this.get(name);
      return kept;
    }

    /** With a threshold the LMS decides, whatever the SCO has said (RTE 4.2.4.1 and 4.2.22.1). @param {string} name */
    #evaluated(name) {
      /** @type {(threshold: string, measure: string, yes: string, no: string) => string | undefined} */
      const decide = (threshold, measure, yes, no) => {
        if (!this.values.has(threshold)) return undefined;
        if (!this.values.has(measure)) return "unknown";
        return Number(this.values.get(measure)) >= Number(this.values.get(threshold)) ? yes : no;
      };
      if (name === "cmi.completion_status") {
        return decide("cmi.completion_threshold", "cmi.progress_measure", "completed", "incomplete");
      }
      if (name === "cmi.success_status") return decide("cmi.scaled_passing_score", "cmi.score.scaled", "passed", "failed");
      return undefined;
    }

    /** @param {string} name @returns {string} */
    #keyword(name) {
      const parent = name.replace(KEYWORD, "");
      const { generic } = parse(parent);
      if (!known(generic)) throw new Refusal(401, `${name} is not an element of the SCORM 2004 data model.`);
      this.#mustExist(parent);
      if (name.endsWith("._children") && generic in CHILDREN) return /** @type {string} */ (CHILDREN[generic]);
      if (name.endsWith("._count") && ARRAYS.includes(generic)) return String(count(this.values, parent));
      throw new Refusal(301, `${parent} has no ${name.split(".").pop()}.`);
    }

    /** @param {string} name @returns {never} */
    #refuseKeyword(name) {
      if (!TARGET.test(name) && !known(parse(name.replace(KEYWORD, "")).generic)) {
        throw new Refusal(401, `${name} is not an element of the SCORM 2004 data model.`);
      }
      throw new Refusal(404, `${name} can only be read.`);
    }

    /** @param {string} name */
    #mustExist(name) {
      for (const [collection, index] of collections(name)) {
        const held = count(this.values, collection);
        if (index >= held) throw new Refusal(301, `${collection} holds ${held}, so it has no index ${index}.`);
      }
    }

    /** No gaps (351), and a record begins with its id (408). @param {string} name */
    #mustFollow(name) {
      for (const [collection, index] of collections(name)) {
        const held = count(this.values, collection);
        if (index > held) throw new Refusal(351, `${collection} holds ${held}; the next index is ${held}, not ${index}.`);
        const begins = IDENTIFIED.includes(parse(collection).generic) && index === held;
        if (begins && name !== `${collection}.${index}.id`) {
          throw new Refusal(408, `${collection}.${index}.id must be set first.`);
        }
      }
    }

    /** @param {string} name @param {string} generic @param {string} value */
    #mustBeUnique(name, generic, value) {
      const match = /^(.+)\.(\d+)\.(id|pattern)$/.exec(name);
      if (!match || generic === "cmi.interactions.n.id") return;
      const [, collection, index, leaf] = match;
      if (generic === "cmi.objectives.n.id" && this.values.has(name) && this.values.get(name) !== value) {
        throw new Refusal(351, "An objective's id cannot be changed once it is set.");
      }
      if (leaf === "pattern" && !this.#answers(name).distinct) return;
      for (let other = 0; other < count(this.values, collection); other += 1) {
        if (other !== Number(index) && this.values.get(`${collection}.${other}.${leaf}`) === value) {
          throw new Refusal(351, `${collection} already has this ${leaf}, at index ${other}.`);
        }
      }
    }

    /**
     * The check of a response or pattern, which depends on the interaction's type (408 while it has none).
     * @param {string} name @param {string} generic
     */
    #answerCheck(name, generic) {
      const answers = this.#answers(name);
      if (generic.endsWith("learner_response")) return answers.response;
      const [, index] = collections(name)[1];
      if (index >= (answers.most ?? Infinity)) throw new Refusal(351, "This type of interaction has one correct response.");
      return answers.pattern;
    }

    /** @param {string} name of a response or pattern @returns {ReferenceLms.Responses} */
    #answers(name) {
      const interaction = /** @type {RegExpExecArray} */ (/^cmi\.interactions\.\d+/.exec(name))[0];
      const type = this.values.get(`${interaction}.type`);
      if (type === undefined) throw new Refusal(408, `${interaction}.type must be set first.`);
      return RESPONSES[type];
    }
  }

  /** What this launch says outranks what was kept; objectives of the manifest only fill an empty attempt. */
  const launchFacts = (/** @type {Record<string, string>} */ given) => Object.entries(given).filter(([name]) => !name.startsWith("cmi.objectives."));
  const known = (/** @type {string} */ generic) => generic in RULES || generic in CHILDREN || ARRAYS.includes(generic);

  const UNITS = [31536000, 2592000, 86400, 3600, 60, 1];
  const seconds = (interval = "") => {
    const parts = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(interval) ?? [];
    return parts.slice(1).reduce((sum, part, at) => sum + Number(part ?? 0) * UNITS[at], 0);
  };

  const asInterval = (/** @type {number} */ total) => {
    const hundredths = Math.round(total * 100);
    const [hours, minutes] = [Math.floor(hundredths / 360000), Math.floor(hundredths / 6000) % 60];
    const rest = (hundredths % 6000) / 100;
    return `PT${hours ? `${hours}H` : ""}${minutes ? `${minutes}M` : ""}${rest || !(hours || minutes) ? `${rest}S` : ""}`;
  };

  window.ReferenceLms.Model = Scorm2004;
  window.ReferenceLms.standard = {
    name: "SCORM 2004",
    api: "API_1484_11",
    methods: {
      initialize: "Initialize", finish: "Terminate", get: "GetValue", set: "SetValue", commit: "Commit",
      lastError: "GetLastError", errorString: "GetErrorString", diagnostic: "GetDiagnostic",
    },
    statuses: ["cmi.completion_status", "cmi.success_status"],
    suspendData: "cmi.suspend_data",
    wrongValue: 406,
    readOnly: 404,
    codes: {
      argument: 201, emptyGet: 301, emptySet: 351, commitFailed: 391, finishFailed: 111,
      startedAlready: 103, startAfterEnd: 104,
      before: { finish: 112, get: 122, set: 132, commit: 142 },
      after: { finish: 113, get: 123, set: 133, commit: 143 },
    },
    errors: {
      __proto__: null,
      0: "No Error", 101: "General Exception", 102: "General Initialization Failure", 103: "Already Initialized",
      104: "Content Instance Terminated", 111: "General Termination Failure", 112: "Termination Before Initialization",
      113: "Termination After Termination", 122: "Retrieve Data Before Initialization",
      123: "Retrieve Data After Termination", 132: "Store Data Before Initialization",
      133: "Store Data After Termination", 142: "Commit Before Initialization", 143: "Commit After Termination",
      201: "General Argument Error", 301: "General Get Failure", 351: "General Set Failure",
      391: "General Commit Failure", 401: "Undefined Data Model Element", 402: "Unimplemented Data Model Element",
      403: "Data Model Element Value Not Initialized", 404: "Data Model Element Is Read Only",
      405: "Data Model Element Is Write Only", 406: "Data Model Element Type Mismatch",
      407: "Data Model Element Value Out Of Range", 408: "Data Model Dependency Not Established",
    },
  };
})();
