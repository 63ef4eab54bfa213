/**
 * The link to the page around the player: a stub in a customer's LMS, or nobody.
 * The player speaks first; it talks to whoever answers from the window that embeds or opened it, and to no other origin.
 */

const PATIENCE = 1500;

export class Link {
  constructor() {
    this.around = window.parent !== window ? window.parent : window.opener;
    this.origin = "";
    /** @type {Record<string, string>} what the stub held for an earlier player whose storage was shut */
    this.held = {};
  }

  /** Whether a stub is there; waits a moment for its answer. */
  async greet() {
    if (!this.around) return false;
    return new Promise((resolve) => {
      const give_up = setTimeout(() => resolve(false), PATIENCE);
      window.addEventListener("message", (event) => {
        if (event.source !== this.around || event.data?.heliograph !== "hello" || this.origin) return;
        clearTimeout(give_up);
        this.origin = event.origin;
        this.held = event.data.journal ?? {};
        resolve(true);
      });
      this.around.postMessage({ heliograph: "ready" }, "*"); // carries nothing
    });
  }

  /** @param {object} state the host's `relay` */
  state(state) {
    this.tell({ heliograph: "state", state });
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
    if (this.origin) this.around?.postMessage(message, this.origin);
  }
}
