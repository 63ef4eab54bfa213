/**
 * What a learner sees until the course is there: whose it is, which stands in the page from the start and is painted before any script runs, and, where the
 * course takes long, what is happening and what to do.
 */

import { text } from "./wording.js";

const LONG = 5000; // milliseconds without the course

const course = /** @type {HTMLElement} */ (document.getElementById("course"));
const splash = course.querySelector(".splash");
/** @type {ReturnType<typeof setTimeout> | undefined} */
let late;
let since = performance.now(); // when the learner began to wait: with the page, or when they tried again

/** The course is on its way: from the page's start, or from now where the learner tries again. */
export function loading() {
  if (!splash) return;
  const again = !splash.isConnected;
  if (again) {
    course.replaceChildren(splash);
    since = performance.now();
  }
  const bar = /** @type {HTMLElement} */ (splash.querySelector("i"));
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", text("loading.title"));
  say("");
  clearTimeout(late);
  late = setTimeout(() => say(text("loading.text")), Math.max(0, LONG - (performance.now() - since)));
  course.setAttribute("aria-busy", "true");
}

/** When the learner began to wait, as `performance.now()` tells the time. */
export function waitingSince() {
  return since;
}

/** The course is there, or a message in its place. */
export function loaded() {
  clearTimeout(late);
  splash?.remove();
  course.removeAttribute("aria-busy");
}

/** @param {string} sentence */
function say(sentence) {
  const line = splash?.querySelector("p");
  if (line) line.textContent = sentence;
}
