/** The player on the package's page, in a frame or in a window of its own, and what it says: how the learner does, what it wants held, that it is over. */

import { loaded, waitingSince } from "./loading.js";
import { say } from "./messages.js";
import { ALLOWED } from "./permissions.js";
import { text } from "./wording.js";

const HOLDS = 150; // milliseconds in which the player, in a process of its own, hears of it and says its last words

const course = /** @type {HTMLElement} */ (document.getElementById("course"));

/**
 * @import { Standing } from "types/player"
 * @typedef {{ state: (state: Standing) => void, pending: (state: Standing) => void, leaving: (state: Standing) => void, again: () => void,
 *   exit: () => void }} Listener `state`: what the host has acknowledged; `pending`: what the course has said beyond that; `leaving`: its last words; `again`:
 *   the player was loaded anew
 */

export class PlayerFrame {
  /** @param {string} dispatch @param {import("./launch.js").Launch} launch @param {Listener} listener */
  constructor(dispatch, launch, listener) {
    this.dispatch = dispatch;
    this.launch = launch;
    this.listener = listener;
    this.origin = new URL(launch.url).origin;
    /** @type {Window | null} */
    this.player = null;
    /** @type {MessagePort | null} */
    this.line = null;
    this.journal = new HeldCommits(dispatch);
    this.waitingSince = waitingSince();
  }

  show() {
    window.addEventListener("message", (event) => this.hear(event));
    this.watchForScripts();
    if (this.launch.opens_in === "window") this.offerWindow();
    else this.showFrame();
  }

  showFrame() {
    const frame = document.createElement("iframe");
    frame.title = this.launch.title;
    frame.allow = ALLOWED;
    frame.src = this.launch.url;
    frame.addEventListener("load", loaded); // whatever came, if it does not speak
    course.append(frame);
    this.player = frame.contentWindow;
  }

  /** Browsers open a window only when the learner asks for one. */
  offerWindow() {
    const onward = () => {
      this.waitingSince = performance.now();
      this.player = window.open(this.launch.url, `heliograph-${this.dispatch}`, "popup,width=1200,height=800");
      if (!this.player) say("window_blocked", { onward: () => this.offerWindow() });
    };
    say("window", { title: this.launch.title, button: text("window.button"), onward });
  }

  /** @param {MessageEvent} event */
  hear(event) {
    if (event.origin !== this.origin || event.source !== this.player) return;
    if (event.data?.heliograph === "ready") this.greet();
    else this.take(event.data);
  }

  /** The player gets a straight line to this page: what is said on it while the page goes is heard at once. */
  greet() {
    loaded(); // the player shows the same from here on
    const waited = this.line ? 0 : performance.now() - this.waitingSince; // a player that is loaded anew was there before
    const line = new MessageChannel();
    if (this.line) this.listener.again();
    this.line?.close();
    this.line = line.port1;
    line.port1.onmessage = (event) => this.take(event.data);
    const hello = { heliograph: "hello", journal: this.journal.all(), earlier: this.launch.earlier, name: this.launch.name, waited };
    this.player?.postMessage(hello, this.origin, [line.port2]);
  }

  /**
   * Where a script of the LMS closes a pop-up, browsers ask only the frames of that script's own process whether they may go, and the player is in another.
   * Then the question comes while the script runs, and what waits for scripts to end (microtasks) waits between two listeners too. Where the browser asks,
   * it asks every frame.
   */
  watchForScripts() {
    let within = false;
    window.addEventListener("beforeunload", () => {
      within = true;
      queueMicrotask(() => {
        within = false;
      });
    });
    window.addEventListener("beforeunload", () => within && this.part());
  }

  /** The player is told from here that the page goes, and what it answers meanwhile is read before this page's end. */
  part() {
    if (!this.line || this.launch.opens_in === "window" || !window.top?.opener) return;
    this.line.postMessage({ heliograph: "parting" });
    const until = performance.now() + HOLDS;
    for (let turn = 0; turn < 1e8 && performance.now() < until; turn += 1);
  }

  /** @param {any} said by the player */
  take({ heliograph: kind, state, key, value }) {
    if (kind === "keep") this.journal.keep(String(key), value);
    if (kind === "exit") this.listener.exit();
    if (!this.launch.reporting) return;
    if (kind === "state") this.listener.state(state);
    if (kind === "pending") this.listener.pending(state);
    if (kind === "leaving") this.listener.leaving(state);
  }
}

/** The learner left the course by its own exit, which leads where the organization wants it to. @param {string} exit */
export function leadTo(exit) {
  if (/^https?:/.test(exit)) return location.assign(exit);
  say("left");
  if (exit === "blank") document.body.replaceChildren();
  if (exit === "close") window.top?.close(); // works where a script has opened it
  if (window.opener && window.top === window) window.close();
}

/** Where the browser shuts the player's own storage, the stub holds its unsent work in this origin's. */
class HeldCommits {
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
