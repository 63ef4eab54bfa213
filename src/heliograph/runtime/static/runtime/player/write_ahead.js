/**
 * The write-ahead log: every commit is written here before it is sent and leaves when it is acknowledged.
 * It lies in localStorage; where the browser shuts that for embedded pages, the stub holds it.
 */

/** @typedef {import("./committer.js").Commit} Commit */

export class WriteAheadLog {
  /** @param {string} registration @param {import("./link.js").Link} link */
  constructor(registration, link) {
    this.prefix = `heliograph:${registration}:`;
    this.link = link;
    this.storage = usableStorage();
  }

  /** Keep what has not been acknowledged of a launch; an empty list forgets it. @param {string} launch @param {Commit[]} commits */
  write(launch, commits) {
    const key = this.prefix + launch;
    const text = commits.length ? JSON.stringify(commits) : null;
    try {
      if (!this.storage) throw new Error("shut");
      if (text === null) this.storage.removeItem(key);
      else this.storage.setItem(key, text);
    } catch {
      this.link.keep(key, text);
    }
  }

  /** What earlier launches of this registration kept, by launch, oldest first. @returns {[string, Commit[]][]} */
  unsent() {
    const stored = this.storage ? Object.keys(this.storage).map((key) => [key, this.storage?.getItem(key) ?? "[]"]) : [];
    return [...stored, ...Object.entries(this.link.held)]
      .filter(([key]) => key.startsWith(this.prefix))
      .map(([key, text]) => /** @type {[string, Commit[]]} */ ([key.slice(this.prefix.length), read(text)]))
      .sort(([key], [other]) => (key < other ? -1 : 1)); // launch ids sort by time
  }

  /** @param {string} launch */
  forget(launch) {
    this.write(launch, []);
    this.link.keep(this.prefix + launch, null);
  }
}

/** @param {string} text @returns {Commit[]} */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}

/** @returns {Storage | null} */
function usableStorage() {
  try {
    const probe = "heliograph:probe";
    window.localStorage.setItem(probe, probe);
    window.localStorage.removeItem(probe);
    return window.localStorage;
  } catch {
    return null;
  }
}
