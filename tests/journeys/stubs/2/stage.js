/** The player on the package's page, in a frame or in a window of its own, and what it says: how the learner does, what it wants held, that it is over. */

import { say } from "./note.js";
import { text } from "./words.js";

const course = /** @type {HTMLElement} */ (document.getElementById("course"));

/** @typedef {{ state: (state: any) => void, exit: () => void }} Listener */

export class Stage {
  /** @param {string} dispatch @param {import("./hosting.js").Launch} launch @param {Listener} listener */
  constructor(dispatch, launch, listener) {
    this.dispatch = dispatch;
    this.launch = launch;
    this.listener = listener;
    this.origin = new URL(launch.url).origin;
    /** @type {Window | null} */
    this.player = null;
    this.journal = new HeldJournal(dispatch);
  }

  show() {
    window.addEventListener("message", (event) => this.hear(event));
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
      this.player = window.open(this.launch.url, `heliograph-${this.dispatch}`, "popup,width=1200,height=800");
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
    if (kind === "state" && this.launch.reporting) this.listener.state(state);
    if (kind === "exit") this.listener.exit();
  }

  /** @param {object} message */
  tell(message) {
    this.player?.postMessage(message, this.origin);
  }
}

/** The learner left the course by its own exit, which leads where the organisation wants it to. @param {string} exit */
export function leadTo(exit) {
  if (/^https?:/.test(exit)) return location.assign(exit);
  say("left");
  if (exit === "blank") document.body.replaceChildren();
  if (exit === "close") window.top?.close(); // works where a script has opened it
  if (window.opener && window.top === window) window.close();
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
