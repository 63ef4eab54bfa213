/**
 * What the LMS did not take from the course, or keeps otherwise than it was given, until the host is told: so that it can say why the LMS shows
 * something else. The newest word on each element is enough, and the same is told once.
 */

import { RESULT } from "./outcome.js";

const MOST = 50;
const LONGEST = 200;

/** @typedef {{ element: string, written: string, kept: string, error: string }} Difference */

export class ReadBackDifferences {
  constructor() {
    /** @type {Map<string, Difference>} */
    this.differences = new Map();
    /** What the LMS said it took. @type {Map<string, string>} */
    this.taken = new Map();
    /** What it took and has not saved yet. @type {Map<string, string>} */
    this.unsaved = new Map();
    /** What of the result the LMS has otherwise than the course, also after the host was told why. @type {Set<string>} */
    this.otherwise = new Set();
    /** @type {Map<string, string>} the last difference in each element that the host was told */
    this.told = new Map();
  }

  /** @param {string} element @param {string} value */
  took(element, value) {
    this.taken.set(element, value);
    this.unsaved.set(element, value);
    this.otherwise.delete(element);
  }

  /** @param {string} element @param {string} value @param {string} error */
  refused(element, value, error) {
    this.add(element, value, "", error);
  }

  saved() {
    for (const element of this.unsaved.keys()) this.otherwise.delete(element); // an earlier attempt may have failed
    this.unsaved.clear();
  }

  /** The LMS says that it has ended the session, and answers no question any more: what it refused to save before is not known to be there. */
  finished() {
    this.unsaved.clear();
  }

  /** The LMS would not save. @param {string} error */
  failed(error) {
    for (const [element, value] of this.unsaved) this.add(element, value, "", `commit ${error}`);
  }

  /** What the LMS answered when we asked; each answer is told once. @param {string} element @param {string} kept */
  found(element, kept) {
    const written = this.taken.get(element);
    if (written === undefined || written === kept) return;
    this.add(element, written, kept, "0");
    this.taken.set(element, kept);
  }

  /** @param {string} element @param {string} written @param {string} kept @param {string} error */
  add(element, written, kept, error) {
    if (RESULT.has(element)) this.otherwise.add(element);
    const difference = { element, written: written.slice(0, LONGEST), kept: kept.slice(0, LONGEST), error };
    if (this.told.get(element) === JSON.stringify(difference)) return;
    if (this.differences.size < MOST || this.differences.has(element)) this.differences.set(element, difference);
  }

  /** How the result stands in the LMS, in the words of the callback. */
  standing() {
    return { unsaved: [...this.unsaved.keys()].filter((element) => RESULT.has(element)), differing: [...this.otherwise] };
  }

  /** All that was not told yet. */
  take() {
    const all = [...this.differences.values()];
    for (const difference of all) this.told.set(difference.element, JSON.stringify(difference));
    this.differences.clear();
    return all;
  }
}
