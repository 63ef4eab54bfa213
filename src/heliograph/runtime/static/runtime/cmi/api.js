/**
 * The API object that content finds: `window.API` for SCORM 1.2, `window.API_1484_11` for SCORM 2004, by the table.
 *
 * Put the ScormApi itself on the window. It keeps no reference to any window, so it outlives the frame of its SCO. Its
 * methods work unbound, never throw, and take whatever content passes: null and undefined count as "", all else as text.
 *
 * @import { Method, TableContent } from "types/cmi"
 * @import { DataModel } from "./model.js"
 * @import { ElementPath } from "./table.js"
 *
 * @typedef {Object} Call  one line of the runtime log
 * @property {string} method
 * @property {string[]} args
 * @property {string} result
 * @property {number} error       the error code that GetLastError answers after this call
 * @property {string} diagnostic
 * @property {number} at          milliseconds since 1970
 *
 * @typedef {Object} Hooks  what the player wants to know; all optional
 * @property {(call: Call) => void} [onCall] every call, once it is answered
 * @property {(element: string, value: string) => void} [onSet] every value set; indices in plain digits
 * @property {() => boolean} [onCommit] content commits; false where nothing could be kept, not even in this browser
 * @property {() => void} [onInitialize] the session starts
 * @property {() => void} [onTerminate] the session ends: commit, too (RTE 3.1; SCORM 1.2 RTE 3.3)
 * @property {(request: string) => "true"|"false"|"unknown"} [requestValid] answers adl.nav.request_valid; asked in the
 *   form that adl.nav.request takes, such as continue or {target=ID}choice
 */

/** @template {keyof Hooks} Name @typedef {ReturnType<Required<Hooks>[Name]>} HookAnswer */

import { Table } from "./table.js";

export class ScormApi {
  #table;
  #model;
  #hooks;
  /** @type {"created"|"running"|"terminated"} */
  #state = "created";
  #error = 0;
  #diagnostic = "";

  /**
   * @param {Table|TableContent} table a compiled table, or a standard's JSON as fetched
   * @param {DataModel} model
   * @param {Hooks} [hooks]
   */
  constructor(table, model, hooks = {}) {
    this.#table = table instanceof Table ? table : new Table(table);
    this.#model = model;
    this.#hooks = hooks;
    /** The version of the API, which SCORM 2004 alone has (SCORM 2004 4th Ed. RTE 3.3). */
    if (this.#table.standard === "scorm_2004") this.version = "1.0";
    this.#offer("initialize", 1, (argument) => this.#initialize(argument));
    this.#offer("terminate", 1, (argument) => this.#terminate(argument));
    this.#offer("getValue", 1, (element) => this.#getValue(element));
    this.#offer("setValue", 2, (element, value) => this.#setValue(element, value));
    this.#offer("commit", 1, (argument) => this.#commit(argument));
    this.#offer("getLastError", 0, () => String(this.#error));
    this.#offer("getErrorString", 1, (code) => this.#table.errorText(code));
    this.#offer("getDiagnostic", 1, (code) => this.#getDiagnostic(code));
  }

  /** Whether content has started its session and not yet ended it. */
  get running() {
    return this.#state === "running";
  }

  /**
   * One method of the API, under its name in the standard, as a function that needs no `this`.
   * @param {Method} call
   * @param {number} arity
   * @param {(...args: string[]) => string} answer
   */
  #offer(call, arity, answer) {
    const { method } = this.#table.content.api[call];
    /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this))[method] = (/** @type {unknown[]} */ ...given) => {
      const args = Array.from({ length: arity }, (_, position) => text(given[position]));
      const result = answer(...args);
      const told = { method, args, result, error: this.#error, diagnostic: printable(this.#diagnostic) };
      this.#tell("onCall", { ...told, args: args.map(printable), at: Date.now() });
      return result;
    };
  }

  /** @param {string} argument */
  #initialize(argument) {
    if (!this.#allows("initialize", argument)) return "false";
    this.#state = "running";
    this.#tell("onInitialize");
    return "true";
  }

  /** @param {string} argument */
  #terminate(argument) {
    if (!this.#allows("terminate", argument)) return "false";
    this.#state = "terminated";
    this.#tell("onTerminate");
    return "true";
  }

  /** @param {string} argument */
  #commit(argument) {
    if (!this.#allows("commit", argument)) return "false";
    if (this.#tell("onCommit") !== false) return "true";
    this.#fail(this.#table.content.api.commit.failed, "The data could not be kept. Try again later.");
    return "false";
  }

  /** @param {string} element */
  #getValue(element) {
    if (!this.#allows("getValue")) return "";
    const { value, error, diagnostic } = this.#model.getValue(element);
    this.#fail(error, diagnostic);
    return error ? "" : this.#validity(element) ?? value;
  }

  /** @param {string} element @param {string} value */
  #setValue(element, value) {
    if (!this.#allows("setValue")) return "false";
    const answer = this.#model.setValue(element, value);
    this.#fail(answer.error, answer.diagnostic);
    if (!answer.error) this.#tell("onSet", /** @type {ElementPath} */ (this.#table.find(element)).name, value);
    return answer.value;
  }

  /**
   * What the player says of a navigation request that content asks about, or undefined where it asks for other things.
   * @param {string} element
   */
  #validity(element) {
    const asks = this.#hooks.requestValid && /** @type {ElementPath} */ (this.#table.find(element)).entry.spec.asks;
    if (!asks) return undefined;
    const target = element.indexOf("{target=");
    return this.#tell("requestValid", target < 0 ? asks : element.slice(target) + asks) ?? "unknown";
  }

  /** @param {string} code */
  #getDiagnostic(code) {
    if (code !== "" && code !== String(this.#error)) return this.#table.errorText(code);
    return this.#diagnostic || this.#table.errorText(String(this.#error));
  }

  /**
   * Whether a call is in order now, with this argument; sets the error code either way.
   * @param {Method} call
   */
  #allows(call, argument = "") {
    const rules = this.#table.content.api;
    const outOfTurn = rules[call][this.#state];
    if (outOfTurn) return this.#fail(outOfTurn, `${rules[call].method} came out of turn: the session is ${this.#state}.`);
    if (argument !== "") return this.#fail(rules.argument, `${rules[call].method} takes an empty text, and nothing else.`);
    this.#fail(0, "");
    return true;
  }

  /** @param {number} error @param {string} diagnostic */
  #fail(error, diagnostic) {
    this.#error = error;
    this.#diagnostic = diagnostic;
    return false;
  }

  /**
   * Calls a hook. A fault in the player must not become an exception inside the course.
   * @template {keyof Hooks} Name
   * @param {Name} hook
   * @param {Parameters<Required<Hooks>[Name]>} told
   * @returns {HookAnswer<Name> | undefined}
   */
  #tell(hook, ...told) {
    try {
      return /** @type {((...told: unknown[]) => HookAnswer<Name>) | undefined} */ (this.#hooks[hook])?.(...told);
    } catch (fault) {
      console.error(fault);
      return /** @type {HookAnswer<Name> | undefined} */ (hook === "onCommit" ? false : undefined);
    }
  }
}

/** A text that can be kept in a log: what is no character is replaced. @param {string} argument */
function printable(argument) {
  return argument.replace(/[\0\ud800-\udfff]/gu, "\ufffd");
}

/** Whatever content passes, as text. @param {unknown} given */
function text(given) {
  try {
    return given === undefined || given === null ? "" : String(given);
  } catch {
    return "";
  }
}
