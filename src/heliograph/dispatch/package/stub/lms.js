/**
 * The customer's LMS, as SCORM shows it: finding its API, and one set of names for both standards.
 * The search follows the parents of this window, then its opener and the opener's parents.
 */

const FARTHEST = 50;

const NAMES = {
  scorm12: {
    object: "API",
    methods: { start: "LMSInitialize", finish: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit", error: "LMSGetLastError" },
  },
  scorm2004: {
    object: "API_1484_11",
    methods: { start: "Initialize", finish: "Terminate", get: "GetValue", set: "SetValue", commit: "Commit", error: "GetLastError" },
  },
};

/** @typedef {{ accepted: boolean, error: string }} Answer what the LMS said to a SetValue */

export class Lms {
  /** @param {any} api the LMS's, whatever it is @param {"scorm12" | "scorm2004"} standard */
  constructor(api, standard) {
    this.api = api;
    this.standard = standard;
    this.open = false;
    this.finished = false;
  }

  /**
   * The LMS around this window, or null.
   * @param {"scorm12" | "scorm2004"} standard @param {Window} [from]
   */
  static find(standard, from = window) {
    const name = NAMES[standard].object;
    const api = upwards(from, name) ?? (openerOf(from) && upwards(/** @type {Window} */ (openerOf(from)), name)) ?? openerOfParents(from, name);
    return api ? new Lms(api, standard) : null;
  }

  /** @param {keyof typeof NAMES.scorm12.methods} what @param {...string} given */
  call(what, ...given) {
    try {
      return this.api[NAMES[this.standard].methods[what]](...given);
    } catch {
      return "";
    }
  }

  start() {
    this.open = isTrue(this.call("start", ""));
    return this.open;
  }

  /** @param {string} element */
  get(element) {
    const value = this.call("get", element);
    return value === null || value === undefined ? "" : String(value);
  }

  error() {
    return String(this.call("error") ?? "");
  }

  /** @param {string} element @param {string} value @returns {Answer} */
  set(element, value) {
    const accepted = isTrue(this.call("set", element, value));
    return { accepted, error: accepted ? "0" : this.error() };
  }

  commit() {
    return isTrue(this.call("commit", ""));
  }

  /** Whether the LMS said that it has ended the session, now or before. */
  finish() {
    if (this.open) this.finished = isTrue(this.call("finish", ""));
    this.open = false;
    return this.finished;
  }
}

/** @param {Window} from @param {string} name */
function upwards(from, name) {
  for (let here = from, steps = 0; here && steps < FARTHEST; steps += 1) {
    const api = apiOf(here, name);
    if (api) return api;
    if (here === here.parent) return null;
    here = here.parent;
  }
  return null;
}

/** Some LMSs open a window whose frame holds the package: the opener belongs to a parent. @param {Window} from @param {string} name */
function openerOfParents(from, name) {
  for (let here = from, steps = 0; here !== here.parent && steps < FARTHEST; steps += 1) {
    here = here.parent;
    const opener = openerOf(here);
    const api = opener && upwards(opener, name);
    if (api) return api;
  }
  return null;
}

/** @param {Window} here @param {string} name */
function apiOf(here, name) {
  try {
    return /** @type {any} */ (here)[name] ?? null;
  } catch {
    return null; // another origin
  }
}

/** @param {Window} here @returns {Window | null} */
function openerOf(here) {
  try {
    return here.opener && here.opener !== here ? here.opener : null;
  } catch {
    return null;
  }
}

/** LMSs answer "true", true or 1. @param {unknown} answer */
function isTrue(answer) {
  return answer === true || answer === 1 || String(answer).toLowerCase() === "true";
}
