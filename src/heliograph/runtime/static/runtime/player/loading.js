/**
 * What a learner sees until a lesson is there: at first whose course it is, which the page was delivered with, between lessons the outline of a page. Where
 * it takes long, a sentence says what is happening and what to do.
 */

const LONG = 5000; // milliseconds without the lesson
const began = performance.now();

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const splash = /** @type {HTMLElement} */ (document.getElementById("splash"));
const skeleton = /** @type {HTMLElement} */ (document.getElementById("skeleton"));

export class Loading {
  /** @param {(name: string) => string} text the catalog's text of a name */
  constructor(text) {
    this.text = text;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.late = undefined;
  }

  /** The course is on its way; the learner has waited so many milliseconds for it before this page. @param {number} before */
  course(before) {
    this.begin(splash, "loading.text", LONG - (performance.now() - began) - before);
  }

  lesson() {
    this.begin(skeleton, "player.lesson.text", LONG);
  }

  /** The lesson is there, or a message in its place. */
  end() {
    clearTimeout(this.late);
    splash.hidden = skeleton.hidden = true;
    main.removeAttribute("aria-busy");
  }

  /** @param {HTMLElement} shown @param {string} sentence @param {number} patience */
  begin(shown, sentence, patience) {
    this.end();
    const line = /** @type {HTMLElement} */ (shown.querySelector("[role=status]"));
    line.textContent = "";
    this.late = setTimeout(() => (line.textContent = this.text(sentence)), Math.max(0, patience));
    shown.hidden = false;
    main.setAttribute("aria-busy", "true");
  }
}
