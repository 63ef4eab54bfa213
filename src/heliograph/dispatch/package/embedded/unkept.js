/**
 * What the LMS did not take from the course, or keeps otherwise than it was given, until the host is told: so that it can say why the LMS shows
 * something else. The newest word on each element is enough.
 */

const MOST = 50;
const LONGEST = 200;

/** @typedef {{ element: string, written: string, kept: string, error: string }} Difference */

export class Unkept {
  constructor() {
    /** @type {Map<string, Difference>} */
    this.differences = new Map();
    /** What the LMS said it took. @type {Map<string, string>} */
    this.taken = new Map();
    /** What it took and has not saved yet. @type {Map<string, string>} */
    this.unsaved = new Map();
  }

  /** @param {string} element @param {string} value */
  took(element, value) {
    this.taken.set(element, value);
    this.unsaved.set(element, value);
  }

  /** @param {string} element @param {string} value @param {string} error */
  refused(element, value, error) {
    this.add(element, value, "", error);
  }

  saved() {
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
    if (this.differences.size >= MOST && !this.differences.has(element)) return;
    this.differences.set(element, { element, written: written.slice(0, LONGEST), kept: kept.slice(0, LONGEST), error });
  }

  /** All that was not told yet. */
  take() {
    const all = [...this.differences.values()];
    this.differences.clear();
    return all;
  }
}
