/**
 * A lesson that speaks to the record store itself: the player asks the host how far the learner has come, every few seconds and whenever the learner
 * comes back to this window.
 */

import { passing, post } from "./committer.js";

/** @import { LessonProgress, Problem } from "types/player" */

const REGULARLY = 5000;
const SOON = 150;

export class Watch {
  /**
   * @param {{ token: () => string, onAnswer: (answer: LessonProgress) => void, onRefused: (problem: Problem | null) => void, onReturned: () => void }} options
   */
  constructor({ token, onAnswer, onRefused, onReturned }) {
    this.token = token;
    this.onAnswer = onAnswer;
    this.onRefused = onRefused;
    this.onReturned = onReturned;
    this.session = "";
    this.timer = 0;
    /** @type {Window | null} a window of the lesson's own */
    this.other = null;
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void this.ask());
    window.addEventListener("focus", () => void this.ask());
    window.addEventListener("message", (event) => {
      const mine = event.origin === location.origin && event.data?.heliograph === "returned" && event.data.session === this.session;
      if (mine && this.session) this.onReturned();
    });
  }

  /** @param {string} session */
  begin(session) {
    this.end();
    this.session = session;
    this.timer = setInterval(() => void this.ask(), REGULARLY);
  }

  end() {
    clearInterval(this.timer);
    clearInterval(this.closing);
    this.other?.close();
    this.other = null;
    this.session = "";
  }

  /** Open the lesson in a window of its own; false where the browser does not let it. @param {string} url */
  open(url) {
    this.other = window.open(url, `lesson-${this.session}`);
    if (!this.other) return false;
    clearInterval(this.closing);
    this.closing = setInterval(() => {
      if (!this.other?.closed) return;
      clearInterval(this.closing);
      this.onReturned();
    }, 500);
    return true;
  }

  /** How far the learner has come; null where nobody says so now. @returns {Promise<LessonProgress | null>} */
  async ask() {
    if (!this.session) return null;
    const answer = await post(`/play/${this.token()}/progress`, {});
    if (answer.ok) this.onAnswer(answer.document);
    else if (!passing(answer)) this.onRefused(answer.document);
    return answer.ok ? answer.document : null;
  }

  /** The lesson was told to go: wait until its last statement has come, or for so many milliseconds. @param {number} patience */
  async settled(patience) {
    this.other?.close();
    const end = Date.now() + patience;
    for (let answer = await this.ask(); answer?.open && Date.now() < end; answer = await this.ask()) {
      await new Promise((resolve) => setTimeout(resolve, SOON));
    }
  }
}
