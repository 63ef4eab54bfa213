/**
 * The link to the page around the player: a stub in a customer's LMS, or nobody.
 * The player speaks first; it talks to whoever answers from the window that embeds or opened it, and to no other origin.
 */

/** @import { Standing } from "types/player" */

const PATIENCE = 1500;
const MOST_LOOKS = 5_000_000; // at the clock, where it stands still
const HEARD_WITHIN = 50; // milliseconds that the stub, in a process of its own, needs to hear a message and to write it into the LMS

export class Link {
  /** @param {{ onParting: () => void }} options `onParting`: the page around goes, and the browser does not ask ours */
  constructor({ onParting }) {
    this.onParting = onParting;
    this.around = window.parent !== window ? window.parent : window.opener;
    this.origin = "";
    /** @type {MessagePort | null} a straight line to the stub, quicker than messages between windows where the page is going */
    this.port = null;
    /** @type {Record<string, string>} what the stub held for an earlier player whose storage was shut */
    this.held = {};
    this.name = ""; // of the learner, where the LMS names them and the host does not
    this.waited = 0; // milliseconds that the learner waited for the course before it was asked for
    this.earlier = ""; // what the learner reached before their LMS began a new attempt, where that stands
  }

  /** Whether a stub is there; waits a moment for its answer. @returns {Promise<boolean>} */
  async greet() {
    if (!this.around) return false;
    return new Promise((resolve) => {
      const give_up = setTimeout(() => resolve(false), PATIENCE);
      window.addEventListener("message", (event) => {
        if (event.source !== this.around || event.data?.heliograph !== "hello" || this.origin) return;
        clearTimeout(give_up);
        this.origin = event.origin;
        this.port = event.ports[0] ?? null;
        if (this.port) this.port.onmessage = ({ data }) => data?.heliograph === "parting" && this.onParting();
        this.held = event.data.journal ?? {};
        this.earlier = event.data.earlier ?? "";
        this.name = event.data.name ?? "";
        this.waited = Number(event.data.waited) || 0;
        resolve(true);
      });
      this.around.postMessage({ heliograph: "ready" }, "*"); // carries nothing
    });
  }

  /** @param {Standing} state what the host has acknowledged */
  state(state) {
    this.tell({ heliograph: "state", state });
  }

  /** What the course has said and the host has not acknowledged; the stub writes it where it hears of nothing better. @param {Standing} state */
  pending(state) {
    if (this.port) this.tell({ heliograph: "pending", state });
  }

  /** The course has said its last words: the stub writes them now. Waits as long as the stub needs to hear it. @param {Standing} state */
  leaving(state) {
    if (!this.port) return this.state(state); // a stub of before
    this.tell({ heliograph: "leaving", state });
    const end = performance.now() + HEARD_WITHIN;
    for (let looks = 0; performance.now() < end && looks < MOST_LOOKS; looks += 1);
  }

  /** @param {string} key @param {string | null} value */
  keep(key, value) {
    this.tell({ heliograph: "keep", key, value });
  }

  exit() {
    this.tell({ heliograph: "exit" });
  }

  /** @param {object} message */
  tell(message) {
    if (this.port) this.port.postMessage(message);
    else if (this.origin) this.around?.postMessage(message, this.origin);
  }
}
