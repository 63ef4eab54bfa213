"use strict";
/**
 * One sitting of one SCO: the API object a course finds, its states and error codes, and the record of every call.
 *
 * Commit and Finish store by a synchronous request, as classic LMSs do; what was set and never committed is gone when
 * the tab is. The record of calls travels on its own, so that it tells the truth about exactly that.
 */
(() => {
  const { Refusal, Model, standard, beforeStoring, withQuirks } = window.ReferenceLms;
  const LOG_EVERY = 200; // milliseconds
  const OUTLIVES_PAGE = 16_000; // characters of a log message that go on their way also when the page leaves under it (64 KB for all together)

  /** Browsers carry at most 64 KB once a page is going; what a call was matters more there than all of its argument. */
  const shortened = (/** @type {ReferenceLms.Call} */ call) => ({
    ...call,
    arguments: call.arguments.map((value) => (value.length > 1000 ? `${value.slice(0, 1000)}… (${value.length} characters)` : value)),
  });

  class Session {
    /** @param {ReferenceLms.Launch} launch as the server wrote it */
    constructor(launch) {
      this.url = `/api/launches/${launch.launch}`;
      this.model = new Model(launch.given, launch.stored);
      this.setValue = withQuirks(this.model, standard, launch.quirks);
      this.quirks = launch.quirks;
      /** @type {"before" | "running" | "after"} */
      this.state = "before";
      this.error = { code: "0", why: "" };
      this.calls = 0;
      /** @type {ReferenceLms.Call[]} */
      this.unsent = [];
      /** @type {(method: string, error: string) => void} */
      this.onchange = () => {};
      addEventListener("pagehide", () => this.#sendLastOfLog());
    }

    /** The object to put into the window as `API` or `API_1484_11`. @returns {CourseApi} */
    api() {
      const { methods } = standard;
      return {
        [methods.initialize]: (...given) => this.#call(methods.initialize, given, "false", () => this.#initialize(given)),
        [methods.finish]: (...given) => this.#call(methods.finish, given, "false", () => this.#finish(given)),
        [methods.get]: (...given) => this.#call(methods.get, given, "", () => this.#get(given)),
        [methods.set]: (...given) => this.#call(methods.set, given, "false", () => this.#set(given)),
        [methods.commit]: (...given) => this.#call(methods.commit, given, "false", () => this.#commit(given)),
        [methods.lastError]: (...given) => this.#ask(methods.lastError, given, () => this.error.code),
        [methods.errorString]: (...given) =>
          this.#ask(methods.errorString, given, () => standard.errors[String(given[0])] ?? ""),
        [methods.diagnostic]: (...given) => this.#ask(methods.diagnostic, given, () => this.#diagnostic(given[0])),
      };
    }

    /** @param {unknown[]} given */
    #initialize(given) {
      if (this.state === "running") throw new Refusal(standard.codes.startedAlready, "The course has already begun.");
      if (this.state === "after") throw new Refusal(standard.codes.startAfterEnd, "The course has already ended.");
      this.#mustBeEmpty(given);
      this.state = "running";
      return "true";
    }

    /** @param {unknown[]} given */
    #finish(given) {
      this.#mustRun("finish");
      this.#mustBeEmpty(given);
      const unfinished = new Map(this.model.values);
      const [status] = standard.statuses;
      const silent = ["not attempted", "unknown"].includes(this.model.get(status));
      this.model.finish();
      if (silent && "finish_completes" in this.quirks) this.model.values.set(status, "completed");
      try {
        this.#store(true, standard.codes.finishFailed);
      } catch (problem) {
        this.model.values = unfinished; // the course may try again, and its time must not count twice
        throw problem;
      }
      this.state = "after";
      return "true";
    }

    /** The LMS ends the session without being asked. */
    hangUp() {
      if (this.state === "running") this.#call(standard.methods.finish, [""], "false", () => this.#finish([""]));
    }

    /** @param {unknown[]} given */
    #get(given) {
      this.#mustRun("get");
      return this.model.get(this.#name(given, standard.codes.emptyGet));
    }

    /** @param {unknown[]} given */
    #set(given) {
      this.#mustRun("set");
      const name = this.#name(given, standard.codes.emptySet);
      if (given.length < 2) throw new Refusal(standard.codes.emptySet, "Setting needs an element and a value.");
      this.setValue(name, String(given[1]));
      return "true";
    }

    /** @param {unknown[]} given */
    #commit(given) {
      this.#mustRun("commit");
      this.#mustBeEmpty(given);
      this.#store(false, standard.codes.commitFailed);
      return "true";
    }

    /** @param {unknown} given */
    #diagnostic(given) {
      const code = given === undefined || given === null || given === "" ? this.error.code : String(given);
      return (code === this.error.code && this.error.why) || standard.errors[code] || "";
    }

    /** @param {"finish" | "get" | "set" | "commit"} what */
    #mustRun(what) {
      if (this.state !== "running") {
        const why = this.state === "before" ? "The course has not begun: initialize first." : "The course has already ended.";
        throw new Refusal(standard.codes[this.state][what], why);
      }
    }

    /** @param {unknown[]} given */
    #mustBeEmpty(given) {
      if (given.length !== 1 || given[0] !== "") throw new Refusal(standard.codes.argument, "The argument must be an empty string.");
    }

    /** @param {unknown[]} given @param {number} code */
    #name(given, code) {
      if (typeof given[0] !== "string" || given[0] === "") throw new Refusal(code, "Name a data model element.");
      return given[0];
    }

    /** @param {string} method @param {unknown[]} given @param {string} fallback @param {() => string} action */
    #call(method, given, fallback, action) {
      let result = fallback;
      this.error = { code: "0", why: "" };
      try {
        result = action();
      } catch (problem) {
        if (!(problem instanceof Refusal)) throw problem;
        this.error = { code: problem.code, why: problem.message };
      }
      this.#record(method, given, result, this.error);
      return result;
    }

    /**
     * The three that ask about errors leave the last error as it is.
     * @param {string} method @param {unknown[]} given @param {() => string} answer
     */
    #ask(method, given, answer) {
      const result = answer();
      this.#record(method, given, result, { code: "0", why: "" });
      return result;
    }

    /** @param {string} method @param {unknown[]} given @param {string} result @param {{ code: string, why: string }} error */
    #record(method, given, result, { code, why }) {
      const shown = given.map((value) => (value === undefined ? "undefined" : String(value)));
      this.unsent.push({
        n: (this.calls += 1), at: new Date().toISOString(), method, arguments: shown, result, error: code, why,
      });
      this.timer ??= setTimeout(() => this.#sendLog(), LOG_EVERY);
      this.onchange(method, code);
    }

    /** Sends what the server has not confirmed; a call that is sent twice is kept once. */
    #sendLog() {
      const { length } = this.unsent;
      const body = JSON.stringify({ calls: this.unsent });
      const last = this.calls;
      const done = () => {
        this.timer = undefined;
        if (this.unsent.length) this.timer = setTimeout(() => this.#sendLog(), LOG_EVERY);
      };
      if (!length) return done();
      fetch(`${this.url}/calls`, { method: "POST", body, keepalive: body.length < OUTLIVES_PAGE })
        .then(() => (this.unsent = this.unsent.filter(({ n }) => n > last)), () => undefined)
        .then(done);
    }

    /** Says with the page's last message how many calls were made, so that a reader knows when all of them have arrived. */
    #sendLastOfLog() {
      const send = (/** @type {ReferenceLms.Call[]} */ calls) => navigator.sendBeacon(`${this.url}/calls`, JSON.stringify({ calls, made: this.calls }));
      if (!send(this.unsent)) send(this.unsent.map(shortened));
    }

    /** @param {boolean} ended @param {number} code */
    #store(ended, code) {
      beforeStoring(this.model, standard, this.quirks);
      const message = { elements: this.model.elements(), ended };
      const answer = this.#post({ ...message, calls: this.unsent });
      const heard = answer === "leaving" && !("no_last_words" in this.quirks);
      if (answer === 200) this.unsent = [];
      else if (!heard || !navigator.sendBeacon(`${this.url}/commit`, JSON.stringify(message))) {
        throw new Refusal(code, `The LMS could not store it (its server answered ${answer || "nothing"}).`);
      }
    }

    /**
     * While a page goes away browsers forbid waiting, and Chromium says so in its message; then the last words are
     * sent without an answer, as LMSs have learned to do. Any other failure means that the server is away.
     * @param {object} message @returns {number | "leaving"}
     */
    #post(message) {
      const request = new XMLHttpRequest();
      try {
        request.open("POST", `${this.url}/commit`, false);
        request.send(JSON.stringify(message));
        return request.status;
      } catch (problem) {
        return /dismissal/i.test(/** @type {Error} */ (problem).message) || document.visibilityState === "hidden" ? "leaving" : 0;
      }
    }
  }

  window.ReferenceLms.Session = Session;
})();
