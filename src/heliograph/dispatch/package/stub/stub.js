/**
 * The stub: the script inside a package. It finds the customer's LMS, asks the host to launch its learner, shows the player, and writes what the host
 * acknowledges into the LMS as it changes, reading each value back for a receipt. It decides nothing about the learner: what it cannot do, it says.
 * docs/protocols/stub.md describes the messages.
 */

import { identity } from "./identity.js";
import { Lms } from "./lms.js";
import { STATUS, SUSPEND_DATA, questions, suspend, takesBack, writes } from "./mapping.js";
import { refuse, say } from "./note.js";
import { Receipts } from "./receipts.js";
import { newSitting } from "./sitting.js";
import { config as given, text } from "./words.js";

const PATIENCE = 20000;
const KEEPSAKE = /^heliograph:1:([\w-]+)$/;

/** @typedef {{ host: string, dispatch: string, standard: "scorm12" | "scorm2004", format: string, stub: string, title: string,
 *   salt?: string, anonymous?: boolean }} Config */
/** @typedef {{ url: string, title: string, opens_in: string, exit: string, reporting: boolean, receipts: string, keepsake: string, remembered: boolean,
 *   relay: any }} Launch */

const config = /** @type {Config} */ (given);
const course = /** @type {HTMLElement} */ (document.getElementById("course"));

const sitting = newSitting();

const lms = Lms.find(config.standard);
if (!lms) {
  say("lms_missing");
} else if (!lms.start()) {
  say("lms_refused", { code: lms.error() });
} else {
  void begin(lms);
}

/** @param {Lms} lms */
async function begin(lms) {
  const ask = questions(config.standard);
  const kept = KEEPSAKE.exec(lms.get(SUSPEND_DATA));
  const mode = lms.get(ask.mode) || "normal";
  const request = {
    ...(await identity(config, lms.get(ask.learner), lms.get(ask.name))),
    sitting,
    folder: location.pathname.replace(/[^/]*$/, ""),
    keepsake: kept?.[1] ?? "",
    mode,
    credit: lms.get(ask.credit),
    entry: lms.get(ask.entry),
    stub: config.stub,
    standard: config.format,
  };
  const answer = await askHost(request);
  if (answer === null) {
    say("host_unreachable", { code: "host_unreachable", onward: () => void begin(lms) });
  } else if (answer.moved && answer.moved !== config.host) {
    config.host = answer.moved;
    void begin(lms);
  } else if (answer.code) {
    const passing = answer.status === 429 || answer.status >= 500 || answer.code === "no_seat_free";
    refuse(answer, passing ? () => void begin(lms) : undefined);
  } else {
    new Sitting(lms, answer).show();
  }
}

/** The host's answer, a problem document, or null where it cannot be reached. @param {object} request */
async function askHost(request) {
  busy(true);
  try {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    const answer = await fetch(`${config.host}/d/${config.dispatch}/launch`, { method: "POST", body: JSON.stringify(request), signal: abort.signal });
    const document = await answer.json();
    clearTimeout(timer);
    return document;
  } catch {
    return null;
  } finally {
    busy(false);
  }
}

/** One loading of the stub, with the course open. */
class Sitting {
  /** @param {Lms} lms @param {Launch} launch */
  constructor(lms, launch) {
    this.lms = lms;
    this.launch = launch;
    this.origin = new URL(launch.url).origin;
    this.receipts = new Receipts(`${config.host}/d/${config.dispatch}/receipts`, launch.receipts, config.dispatch, sitting);
    this.started = Date.now();
    /** @type {Map<string, string>} */
    this.written = new Map();
    /** @type {Window | null} */
    this.player = null;
    this.journal = new HeldJournal(config.dispatch);
  }

  show() {
    if (this.launch.reporting) {
      this.write([suspend(config.standard)]);
      this.leaveKeepsake();
      // What the host knows and this LMS does not have yet, from a sitting that ended too suddenly.
      if (this.launch.relay) this.mirror(this.launch.relay);
    }
    window.addEventListener("message", (event) => this.hear(event));
    for (const moment of ["pagehide", "unload"]) window.addEventListener(moment, () => this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from the cache: the session is closed
    if (this.launch.opens_in === "window") this.offerWindow();
    else this.showFrame();
  }

  showFrame() {
    const frame = document.createElement("iframe");
    frame.title = this.launch.title;
    frame.allow = "autoplay; fullscreen; clipboard-write; microphone; camera";
    frame.src = this.launch.url;
    course.replaceChildren(frame);
    this.player = frame.contentWindow;
  }

  /** Browsers open a window only when the learner asks for one. */
  offerWindow() {
    const onward = () => {
      this.player = window.open(this.launch.url, `heliograph-${config.dispatch}`, "popup,width=1200,height=800");
      if (!this.player) say("window_blocked", { onward: () => this.offerWindow() });
    };
    say("window", { title: this.launch.title, button: text("window.button"), onward });
  }

  /** @param {MessageEvent} event */
  hear(event) {
    if (event.origin !== this.origin || event.source !== this.player || typeof event.data?.heliograph !== "string") return;
    const { heliograph: kind, state, key, value } = event.data;
    if (kind === "ready") this.tell({ heliograph: "hello", journal: this.journal.all() });
    if (kind === "keep") this.journal.keep(String(key), value);
    if (kind === "state" && this.launch.reporting) this.mirror(state);
    if (kind === "exit") this.end();
  }

  /** @param {object} message */
  tell(message) {
    this.player?.postMessage(message, this.origin);
  }

  /** Write what has changed. @param {any} state */
  mirror(state) {
    const time = state.session_centiseconds || 0;
    const status = this.lms.get(STATUS[config.standard]);
    const wanted = writes(config.standard, { ...state, session_centiseconds: time }).filter(
      ({ element, value }) => this.written.get(element) !== value && !(element === STATUS[config.standard] && takesBack(status, value)),
    );
    // Time alone is no news worth a commit of its own.
    if (wanted.some((write) => write.readable)) this.write(wanted);
    this.pendingTime = wanted.filter((write) => !write.readable && this.written.get(write.element) !== write.value);
  }

  /** @param {import("./mapping.js").Write[]} wanted */
  write(wanted) {
    if (!this.lms.open || !wanted.length) return;
    const answers = wanted.map((write) => ({ write, answer: this.lms.set(write.element, write.value, write.readable) }));
    const saved = this.lms.commit();
    for (const { write, answer } of answers) {
      if (answer.accepted && saved) this.written.set(write.element, write.value);
      this.receipts.add({
        element: write.element,
        written: write.value,
        kept: answer.kept,
        accepted: answer.accepted && saved,
        error: answer.accepted && !saved ? `commit ${this.lms.error()}`.trim() : answer.error,
      });
    }
  }

  /** Whose id was not told to the host is known again by what the LMS keeps for us. */
  leaveKeepsake() {
    const value = `heliograph:1:${this.launch.keepsake}`;
    if (this.launch.remembered) this.write([{ element: SUSPEND_DATA, value, readable: true }]);
  }

  /** The learner left the course by its own exit, which leads where the organisation wants it to. */
  end() {
    this.leave();
    if (/^https?:/.test(this.launch.exit)) return location.assign(this.launch.exit);
    say("left");
    if (this.launch.exit === "blank") document.body.replaceChildren();
    if (this.launch.exit === "close") window.top?.close(); // works where a script has opened it
    if (window.opener && window.top === window) window.close();
  }

  /** Close the session with the LMS; safe to call twice. */
  leave() {
    if (this.launch.reporting && this.pendingTime?.length) this.write(this.pendingTime);
    this.pendingTime = [];
    void this.receipts.send(true);
    this.lms.finish();
  }
}

/** Where the browser shuts the player's own storage, the stub holds its unsent work in this origin's. */
class HeldJournal {
  /** @param {string} dispatch */
  constructor(dispatch) {
    this.prefix = `heliograph:journal:${dispatch}:`;
  }

  /** @param {string} key @param {string | null} value */
  keep(key, value) {
    try {
      if (value === null) localStorage.removeItem(this.prefix + key);
      else localStorage.setItem(this.prefix + key, String(value));
    } catch {
      // Shut here too: the player keeps it in memory.
    }
  }

  /** @returns {Record<string, string>} */
  all() {
    try {
      const mine = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
      return Object.fromEntries(mine.map((key) => [key.slice(this.prefix.length), localStorage.getItem(key) ?? ""]));
    } catch {
      return {};
    }
  }
}

/** @param {boolean} is */
function busy(is) {
  course.setAttribute("aria-busy", String(is));
}
