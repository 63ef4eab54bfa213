/**
 * An LMS's preview or review of an embedded course: the course works, and nothing of it reaches the LMS. What it sets is remembered here, until the page
 * goes; what it did not set is the LMS's to answer.
 */

const COUNT = /^(.+)\._count$/;

export class Preview {
  /** @param {{ get: string, set: string }} words the names of the API's methods */
  constructor(words) {
    this.words = words;
    /** @type {Map<string, string>} */
    this.set = new Map();
  }

  /**
   * What the course is answered, in place of the LMS; undefined where the LMS is to answer. @param {string} method @param {unknown[]} given
   * @returns {string | undefined}
   */
  answer(method, given) {
    if (method === this.words.get) return this.value(String(given[0]));
    if (method === this.words.set) this.set.set(String(given[0]), String(given[1] ?? ""));
    return "true";
  }

  /** @param {string} element */
  value(element) {
    const collection = COUNT.exec(element)?.[1];
    return collection ? this.count(collection) : this.set.get(element);
  }

  /** How many entries the course has added to a collection. @param {string} collection */
  count(collection) {
    const mine = [...this.set.keys()].filter((element) => element.startsWith(`${collection}.`));
    const indices = mine.map((element) => Number.parseInt(element.slice(collection.length + 1), 10)).filter(Number.isInteger);
    return indices.length ? String(Math.max(...indices) + 1) : undefined;
  }
}
