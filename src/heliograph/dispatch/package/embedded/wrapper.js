/**
 * The wrapper around a SCO of an embedded package. It opens the author's page in a frame and stands between it and the customer's LMS: every call goes
 * on to the LMS at once and its answer comes back unchanged, and what the LMS has accepted is reported to the host when that can be reached. The host
 * may refuse the learner at the beginning; a host that is away refuses nobody. docs/protocols/embedded.md describes the messages.
 */

import { hiding } from "./hiding.js";
import { identity, resumeToken } from "./identity.js";
import { Leaving, keepUnload } from "./leaving.js";
import { Lms } from "./lms.js";
import { loaded, loading } from "./loading.js";
import { refuse, say } from "./messages.js";
import { Outbox } from "./outbox.js";
import { DECIDED_BY_LMS, KNOWN_BEFORE, judgedAtTheEnd, number, stateOf } from "./outcome.js";
import { ALLOWED } from "./permissions.js";
import { Preview } from "./preview.js";
import { centiseconds, interval, timespan } from "./times.js";
import { ReadBackDifferences } from "./readback_differences.js";
import { whenShown } from "./shown.js";
import { config as given } from "./wording.js";

const PATIENCE = 4000; // at the beginning the learner waits for the host
const REPORTED_WITHIN = 500; // milliseconds, where the course does not commit
const TIME_REPORTED_WITHIN = 30_000; // milliseconds, where nothing but its time has changed

/** What an LMS answers whoever speaks after the end (SCORM 1.2 RTE 3.4; SCORM 2004 4th Ed. RTE 3.1.7). */
const CLOSED = { scorm12: "301", scorm2004: "133" };

const STANDARDS = {
  scorm12: {
    object: "API",
    time: "cmi.core.session_time", written: timespan,
    start: "LMSInitialize", finish: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit", error: "LMSGetLastError",
    asked: { learner: "cmi.core.student_id", name: "cmi.core.student_name", mode: "cmi.core.lesson_mode", credit: "cmi.core.credit" },
  },
  scorm2004: {
    object: "API_1484_11",
    time: "cmi.session_time", written: interval,
    start: "Initialize", finish: "Terminate", get: "GetValue", set: "SetValue", commit: "Commit", error: "GetLastError",
    asked: { learner: "cmi.learner_id", name: "cmi.learner_name", mode: "cmi.mode", credit: "cmi.credit" },
  },
};

/** @typedef {{ host: string, dispatch: string, standard: "scorm12" | "scorm2004", format: string, stub: string, title: string, scos: string[],
 *   salt?: string, anonymous?: boolean }} Config */

const config = /** @type {Config} */ (given);
const course = /** @type {HTMLElement} */ (document.getElementById("course"));
const words = STANDARDS[config.standard];

async function open() {
  const page = authorsPage(location.href, config.scos[0]);
  if (!page) return say("page_unknown");
  loading();
  const lms = Lms.find(config.standard);
  if (!lms) return show(page.address); // nobody listens: the course says so itself, as it would without us
  const session = new Session(lms.api, page.sco);
  /** @type {any} */ (window)[words.object] = session.offered();
  const refusal = await session.begin();
  // The LMS's session stays open: ended without a status, SCORM 1.2 would call it completed.
  if (refusal) return refuse(refusal);
  new Leaving({
    frame: () => course.querySelector("iframe"),
    onEnding: () => session.ending(),
    onEnded: () => session.ended(),
    onStayed: () => {
      course.replaceChildren(); // what the page says once more while it goes is not for the LMS
      session.stay();
      show(page.address);
    },
  });
  for (const moment of ["pagehide", "unload"]) window.addEventListener(moment, () => session.leave());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && session.save());
  show(page.address);
}

/** One opening of a SCO: what it says to the LMS, and what is told to the host of it. */
class Session {
  /** @param {any} api the LMS's @param {string} sco */
  constructor(api, sco) {
    this.api = api;
    this.sco = sco;
    this.begun = performance.now();
    this.reporting = 0;
    this.due = 0;
    this.hurried = false;
    this.told = ""; // what the host heard last, its time aside
    /** @type {Map<string, string>} */
    this.elements = new Map();
    this.unkept = new ReadBackDifferences();
    /** @type {Outbox | null} */
    this.outbox = null;
    /** What the LMS answered to our Initialize, kept for the course's own. @type {unknown} */
    this.opening = undefined;
    /** The LMS's error code as the course left it, where we asked something since. @type {unknown} */
    this.code = undefined;
    this.changed = false;
    this.over = false;
    this.leaving = false;
    /** The course says its last words, and may yet come back: its LMSFinish waits until the page really goes. */
    this.parting = false;
    /** @type {unknown[] | null} what it finished with */
    this.finishing = null;
    this.spent = 0; // centiseconds that the course had said before it was given back, and began to count anew
    this.silent = false; // it has said its last words: what the browser has it say once more is not for the LMS
    /** @type {Preview | null} */
    this.preview = null;
  }

  /** Open the LMS's session, which is the only way to ask who learns, and say so to the host. Its refusal, or null. */
  async begin() {
    this.opening = this.api[words.start]("");
    if (!isTrue(this.opening)) {
      this.opening = undefined; // the course shall hear it from the LMS
      return null;
    }
    this.lastError();
    const request = this.request();
    if (["browse", "review"].includes(request.mode)) this.preview = new Preview(words);
    this.note(KNOWN_BEFORE[config.standard]);
    this.mastery = config.standard === "scorm12" ? number(this.ask("cmi.student_data.mastery_score")) : null;
    this.credit = request.credit !== "no-credit";
    this.note(KNOWN_BEFORE[config.standard].slice(-1)); // a question every LMS can answer leaves no error behind
    return this.greet(request);
  }

  /** @param {ReturnType<Session["request"]>} asked */
  async greet({ learner, name, ...asked }) {
    const who = await identity(config, learner, name);
    const request = { ...who, keepsake: resumeToken(config.dispatch, who.learner), ...asked };
    const outbox = Outbox.begin(config, request);
    const answer = await outbox.shakeHands(PATIENCE, false);
    if (answer?.code && answer.status < 500 && answer.status !== 429) return answer;
    resumeToken(config.dispatch, who.learner, answer?.keepsake);
    if (answer?.reporting === false || (!answer?.reporting && request.mode !== "normal")) return null;
    this.outbox = outbox;
    this.record("state");
    Outbox.sendEarlier(config, outbox.key);
    return null;
  }

  request() {
    const { learner, name, mode, credit } = words.asked;
    return {
      learner: this.ask(learner),
      name: this.ask(name),
      mode: this.ask(mode) || "normal",
      credit: this.ask(credit),
      folder: new URL("../", location.href).pathname,
      stub: config.stub,
      standard: config.format,
      scos: config.scos,
    };
  }

  /** What the course finds in place of the LMS's API: the LMS's own object, whose calls pass through here. */
  offered() {
    const own = /** @type {Record<string | symbol, (...given: unknown[]) => unknown>} */ ({
      [words.start]: (...given) => this.start(given),
      [words.finish]: (...given) => this.answered(words.finish, given) ?? this.finish(given),
      [words.set]: (...given) => this.answered(words.set, given) ?? this.set(given),
      [words.commit]: (...given) => this.answered(words.commit, given) ?? this.commit(given),
      [words.get]: (...given) => this.answered(words.get, given) ?? this.pass(words.get, given),
      [words.error]: (...given) => (this.code === undefined ? this.pass(words.error, given) : this.code),
    });
    return new Proxy(own, {
      // The standard's attribute, also over an LMS that left it out.
      get: (_, name) => own[name] ?? bound(this.api, name) ?? (name === "version" && words.object === "API_1484_11" ? "1.0" : undefined),
      has: (_, name) => name in own || name in this.api,
      set: (_, name, value) => Reflect.set(this.api, name, value),
    });
  }

  /** @param {unknown[]} given */
  start(given) {
    if (this.opening === undefined || String(given[0] ?? "") !== "") return this.pass(words.start, given);
    const answer = this.opening;
    this.opening = undefined; // a second Initialize is the LMS's to judge
    return answer;
  }

  /** What the course is answered without the LMS: in a preview, and when it has said its last words. @param {string} method @param {unknown[]} given */
  answered(method, given) {
    const answer = this.preview ? this.preview.answer(method, given) : this.silent ? "false" : undefined;
    if (answer !== undefined) this.code = this.preview ? "0" : CLOSED[config.standard];
    return answer;
  }

  /** @param {unknown[]} given */
  set(given) {
    const element = String(given[0]);
    if (this.spent && element === words.time) given = [element, this.whole(given[1])];
    const value = String(given[1] ?? "");
    const news = element !== words.time && this.elements.get(element) !== value;
    const answer = this.pass(words.set, given);
    if (isTrue(answer)) {
      this.elements.set(element, value);
      this.unkept.took(element, value);
    } else {
      this.unkept.refused(element, value, this.lastError());
    }
    this.changed = true;
    if (hiding()) this.hurry();
    this.reportWithin(news ? REPORTED_WITHIN : TIME_REPORTED_WITHIN);
    return answer;
  }

  /** The time of the whole session, where the course was given back within it. @param {unknown} time what the course says since */
  whole(time) {
    const said = centiseconds(String(time));
    return said === null ? time : words.written(this.spent + said);
  }

  /** @param {number} milliseconds */
  reportWithin(milliseconds) {
    const due = performance.now() + milliseconds;
    if (this.reporting && this.due <= due) return;
    clearTimeout(this.reporting);
    this.due = due;
    this.reporting = setTimeout(() => this.report(), milliseconds);
  }

  /** What the course has set and not committed is told to the host, which shows it as not yet written. */
  report() {
    this.reporting = 0;
    if (this.changed && !this.over) this.record("state");
  }

  /** What the host would hear now, its time aside. */
  news() {
    const elements = [...this.elements].filter(([element]) => element !== words.time);
    return JSON.stringify([elements, this.unkept.standing(), this.unkept.differences.size]);
  }

  /** The course speaks while its page is hidden, when no timer may come any more: when it has said all, that is saved. */
  hurry() {
    if (this.hurried) return;
    this.hurried = true;
    queueMicrotask(() => {
      this.hurried = false;
      this.save();
    });
  }

  /** Nobody sees the page any more, and a phone may drop it without another word. */
  save() {
    if (this.over || this.leaving || this.silent || this.preview) return;
    const code = this.code ?? this.api[words.error]?.();
    if (this.unkept.unsaved.size) this.commit([""]);
    this.code = code;
    this.outbox?.lastWord();
  }

  /** @param {unknown[]} given */
  commit(given) {
    const answer = this.pass(words.commit, given);
    if (!isTrue(answer)) {
      this.notSaved();
    } else if (this.changed || this.unkept.unsaved.size) {
      this.lastError();
      this.unkept.saved();
      this.note(DECIDED_BY_LMS[config.standard]);
      if (this.news() !== this.told) this.record("state");
      else this.reportWithin(TIME_REPORTED_WITHIN); // courses commit every second, and say nothing new
    }
    return answer;
  }

  /** @param {unknown[]} given */
  finish(given) {
    if (this.parting) {
      // One message, as from the course alone: a commit of ours just before could overtake it and leave the session open.
      this.finishing = given;
      this.code = "0";
      return "true";
    }
    if (!this.over) this.note(DECIDED_BY_LMS[config.standard]); // afterwards it answers no questions
    const answer = this.pass(words.finish, given);
    if (isTrue(answer)) {
      this.unkept.finished();
      this.end();
    } else {
      this.notSaved();
    }
    return answer;
  }

  notSaved() {
    this.unkept.failed(this.lastError());
    this.changed = true;
  }

  /** The LMS's error code, kept for the course, since we may go on to ask something else. */
  lastError() {
    this.code = this.api[words.error]?.();
    return String(this.code ?? "");
  }

  /** @param {string} method @param {unknown[]} given */
  pass(method, given) {
    this.code = undefined;
    return this.api[method](...given);
  }

  /** A question of ours. @param {string} element */
  ask(element) {
    try {
      return String(this.api[words.get](element) ?? "");
    } catch {
      return "";
    }
  }

  /** @param {string[]} elements */
  note(elements) {
    for (const element of elements) {
      const value = this.ask(element);
      if (value === "") continue;
      this.elements.set(element, value);
      this.unkept.found(element, value);
    }
  }

  /** @param {"state" | "end"} kind @param {Map<string, string>} [elements] */
  record(kind, elements = this.elements) {
    this.changed = false;
    const state = stateOf(config.standard, elements, performance.now() - this.begun);
    this.outbox?.add(kind, { ...state, sco: this.sco, unkept: this.unkept.take(), ...this.unkept.standing() });
    this.told = this.news();
    if (this.leaving || hiding()) this.outbox?.lastWord();
  }

  end() {
    if (this.over) return;
    this.over = true;
    const rules = { mastery: this.mastery ?? null, credit: this.credit ?? true };
    this.record("state", config.standard === "scorm12" ? judgedAtTheEnd(this.elements, rules) : this.elements);
    this.outbox?.add("end", {});
    if (this.leaving) this.outbox?.lastWord();
  }

  /** The page may be going: the course says its last words. */
  ending() {
    this.parting = true;
  }

  /** It has said them; the host hears them now, even if the page has no other chance. */
  ended() {
    this.parting = false;
    this.silent = true;
    if (this.changed) this.record("state");
    this.outbox?.lastWord();
  }

  /** The learner stayed: the course begins again, in the LMS's session that is still open. */
  stay() {
    this.silent = false;
    this.spent = centiseconds(this.elements.get(words.time) ?? "") ?? 0;
    if (this.finishing) this.commit([""]);
    this.opening = "true";
  }

  /** The page goes away. */
  leave() {
    if (this.leaving) return;
    this.leaving = true;
    if (this.finishing && !this.over) this.finish(this.finishing); // also where it was given back and has not spoken again
    if (this.changed) this.record("state");
    if (!this.over) this.outbox?.add("end", {});
    this.outbox?.lastWord();
  }
}

/**
 * The author's page that this address names, with the parameters that the LMS added, and which SCO that is; null for what lies outside the package.
 * @param {string} here @param {string} first
 */
function authorsPage(here, first) {
  const address = new URL(here);
  const root = new URL("../", address);
  root.search = root.hash = "";
  const [, named = "", more = ""] = /^\?page=([^&?]*)[&?]*(.*)$/s.exec(address.search) ?? [];
  try {
    const page = new URL(named ? decodeURIComponent(named) : first, root);
    if (more) page.search = page.search ? `${page.search}&${more}` : `?${more}`;
    if (!page.hash) page.hash = address.hash;
    return page.href.startsWith(root.href) ? { address: page.href, sco: scoOf(page, root) } : null;
  } catch {
    return null;
  }
}

/** The SCO at that address: the longest that it begins with, since LMSs add parameters of their own. @param {URL} page @param {URL} root */
function scoOf(page, root) {
  const fitting = config.scos.filter((sco) => page.href.startsWith(new URL(sco, root).href)).sort((sco, other) => other.length - sco.length);
  return fitting[0] ?? page.pathname.slice(root.pathname.length);
}

/** @param {string} address */
function show(address) {
  const frame = document.createElement("iframe");
  frame.title = config.title;
  frame.allow = ALLOWED;
  frame.addEventListener("load", () => closesWindow(frame));
  course.append(frame);
  frame.src = address;
  keepUnload(frame);
  whenShown(frame, loaded);
}

/** A course in a window of its own closes that window, not the frame it does not know of. @param {HTMLIFrameElement} frame */
function closesWindow(frame) {
  if (window !== window.top || !frame.contentWindow) return;
  try {
    frame.contentWindow.close = () => window.close();
  } catch {
    // The course went to another site.
  }
}

/** @param {any} api @param {string | symbol} name */
function bound(api, name) {
  const value = api[name];
  return typeof value === "function" ? value.bind(api) : value;
}

/** LMSs answer "true", true or 1. @param {unknown} answer */
function isTrue(answer) {
  return answer === true || answer === 1 || String(answer).toLowerCase() === "true";
}

void open();
