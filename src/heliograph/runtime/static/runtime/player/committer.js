/**
 * The commit protocol's browser side (docs/protocols/commit.md): one POST in flight, the rest gathered; journal before send; numbered, so that sending
 * twice does nothing; a last word when the page goes.
 */

/**
 * @typedef {[number, string, string[], string, number]} Call milliseconds since the launch, method, arguments, result, error
 * @typedef {{ sequence: number, activity: string | null, values: [string, string][], calls: Call[], terminated: boolean,
 *   event: { kind: string, target?: string | null } | null }} Commit
 * @typedef {{ kind: string, target?: string | null }} NavigationEvent
 * @typedef {Record<string, any>} Answer
 */

const SOON = 2000;
const REGULARLY = 25000;
const WATCHED = 1000;
const LAST_WORD_LIMIT = 60 * 1024;
const LONGEST_PAUSE = 30000;
const MOST_AT_ONCE = 100;
const LARGEST_REQUEST = 1024 * 1024;
const LONGEST_ARGUMENT = 1000;
const URGENT = /(lesson_status|completion_status|success_status|score|progress_measure)/;
const INDEXED = /\.\d+\./;

export class Committer {
  /**
   * @param {{ launch: string, token: string, journal: import("./journal.js").Journal,
   *   onAnswer: (answer: Answer) => void, onTrouble: (kind: "unsent" | "sent" | "elsewhere" | "lost", problem?: any) => void }} options
   */
  constructor(options) {
    this.launch = options.launch;
    this.token = options.token;
    this.journal = options.journal;
    this.onAnswer = options.onAnswer;
    this.onTrouble = options.onTrouble;
    this.sequence = 0;
    /** @type {string | null} */
    this.activity = null;
    /** @type {[string, string][]} */
    this.values = [];
    /** @type {Call[]} */
    this.calls = [];
    /** @type {Commit[]} not acknowledged, oldest first */
    this.queue = [];
    this.inFlight = 0; // the highest sequence number on its way
    this.sealed = 0; // the highest that ever left: the host may have it, whatever became of its answer
    this.failures = 0;
    this.watched = false;
    this.stopped = false;
    this.timer = 0;
    this.due = Infinity;
    /** @type {Map<number, (answer: Answer | null) => void>} */
    this.waiting = new Map();
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void this.flush());
    window.addEventListener("pagehide", () => this.lastWord());
  }

  /** Note one API call for the runtime log. @param {Call} call */
  call([at, method, given, result, error]) {
    this.calls.push([at, method, given.map(shortened), shortened(result), error]);
    this.flushWithin(this.watched ? WATCHED : REGULARLY);
  }

  /** Note a value that was set. @param {string} element @param {string} value */
  set(element, value) {
    if (!INDEXED.test(element)) this.values = this.values.filter(([other]) => other !== element);
    this.values.push([element, value.toWellFormed?.() ?? value]);
    this.flushWithin(URGENT.test(element) ? SOON : REGULARLY);
  }

  /**
   * Send what was noted. Resolves with the host's acknowledgement, or null where there was nothing to send or nobody takes it any more.
   * @param {{ terminated?: boolean, event?: NavigationEvent | null }} [more] @returns {Promise<Answer | null>}
   */
  flush({ terminated = false, event = null } = {}) {
    this.clearTimer();
    if (this.stopped || (!this.values.length && !this.calls.length && !terminated && !event)) return Promise.resolve(null);
    const commit = this.gather(terminated, event);
    this.journal.write(this.launch, this.queue);
    const answered = new Promise((resolve) => this.waiting.set(commit.sequence, resolve));
    void this.send();
    return answered;
  }

  /** What was noted, as a commit of its own or added to one that never left. @param {boolean} terminated @param {NavigationEvent | null} event */
  gather(terminated, event) {
    const noted = { activity: this.activity, values: this.values, calls: this.calls, terminated, event };
    this.values = [];
    this.calls = [];
    const last = this.queue.at(-1);
    if (last && last.sequence > this.sealed && last.activity === noted.activity && !last.terminated && !last.event) {
      last.values.push(...noted.values);
      last.calls.push(...noted.calls);
      return Object.assign(last, { terminated, event });
    }
    const commit = { sequence: (this.sequence += 1), ...noted };
    this.queue.push(commit);
    return commit;
  }

  async send() {
    if (this.inFlight || !this.queue.length || this.stopped) return;
    const sent = portion(this.queue);
    const last = (this.inFlight = sent[sent.length - 1].sequence);
    this.sealed = Math.max(this.sealed, last);
    const answer = await post(`/play/${this.token}/commit`, { commits: sent });
    this.inFlight = 0;
    if (answer.ok) this.acknowledged(answer.document, Math.min(last, answer.document.sequence));
    else this.refused(answer);
  }

  /**
   * What the host has may be more than was sent from here, where another window sent what lay in the journal; but that may be less than what these
   * commits have become since. So only what was sent is done.
   * @param {Answer} answer @param {number} last the highest sequence number that is done
   */
  acknowledged(answer, last) {
    const troubled = this.failures > 0;
    this.failures = 0;
    this.token = answer.token ?? this.token;
    this.watched = Boolean(answer.watched);
    const done = this.queue.filter((commit) => commit.sequence <= last);
    this.queue = this.queue.filter((commit) => commit.sequence > last);
    this.journal.write(this.launch, this.queue);
    if (troubled) this.onTrouble("sent");
    this.onAnswer(answer);
    for (const commit of done) this.settle(commit.sequence, answer);
    void this.send();
  }

  /** @param {{ status: number, document: any }} answer */
  refused({ status, document }) {
    if (document?.code === "opened_elsewhere") return this.stop("elsewhere", document);
    if (!passing({ status, document })) return this.stop("lost", document);
    this.failures += 1;
    this.onTrouble("unsent");
    setTimeout(() => void this.send(), Math.min(LONGEST_PAUSE, 500 * 2 ** this.failures));
  }

  /** @param {"elsewhere" | "lost"} kind @param {any} problem */
  stop(kind, problem) {
    this.stopped = true;
    if (kind === "elsewhere") this.journal.forget(this.launch);
    for (const sequence of [...this.waiting.keys()]) this.settle(sequence, null);
    this.onTrouble(kind, problem);
  }

  /** @param {number} sequence @param {Answer | null} answer */
  settle(sequence, answer) {
    this.waiting.get(sequence)?.(answer);
    this.waiting.delete(sequence);
  }

  /** The page goes: everything unacknowledged goes out once more, in a request that outlives the page. */
  lastWord() {
    if (this.stopped) return;
    if (this.values.length || this.calls.length) {
      this.gather(false, null);
      this.journal.write(this.launch, this.queue);
    }
    if (!this.queue.length) return;
    this.sealed = this.sequence;
    const address = `/play/${this.token}/commit`;
    let body = JSON.stringify({ commits: this.queue });
    // The log is worth less than the state when both do not fit.
    if (body.length > LAST_WORD_LIMIT) body = JSON.stringify({ commits: this.queue.map((commit) => ({ ...commit, calls: [] })) });
    try {
      void fetch(address, { method: "POST", body, keepalive: true }).catch(() => navigator.sendBeacon(address, body));
    } catch {
      navigator.sendBeacon(address, body);
    }
  }

  /** @param {number} milliseconds */
  flushWithin(milliseconds) {
    const due = Date.now() + milliseconds;
    if (due >= this.due) return;
    this.clearTimer();
    this.due = due;
    this.timer = setTimeout(() => void this.flush(), milliseconds);
  }

  clearTimer() {
    clearTimeout(this.timer);
    this.due = Infinity;
  }
}

/**
 * As many commits, from the first, as one request takes. One that is too large alone goes without its part of the log.
 * @param {Commit[]} commits @returns {Commit[]}
 */
export function portion(commits) {
  const taken = [];
  let size = 0;
  for (const commit of commits.slice(0, MOST_AT_ONCE)) {
    const length = JSON.stringify(commit).length;
    if (taken.length && size + length > LARGEST_REQUEST) break;
    taken.push(length > LARGEST_REQUEST ? { ...commit, calls: [] } : commit);
    size += length;
  }
  return taken;
}

/**
 * A POST without headers of its own, so that it never needs a preflight. Status 0 where the host cannot be reached.
 * @param {string} address @param {object} body @returns {Promise<{ ok: boolean, status: number, document: any }>}
 */
export async function post(address, body) {
  try {
    const answer = await fetch(address, { method: "POST", body: JSON.stringify(body) });
    return { ok: answer.ok, status: answer.status, document: await answer.json() };
  } catch {
    return { ok: false, status: 0, document: null };
  }
}

/** Whether what was not taken now may be taken later. @param {{ status: number, document: any }} answer */
export function passing({ status, document }) {
  return status < 400 || status >= 500 || status === 408 || status === 429 || document?.code === "busy";
}

/** The log shows the beginning of a long argument and how long it was. @param {string} text */
function shortened(text) {
  return text.length > LONGEST_ARGUMENT ? `${text.slice(0, LONGEST_ARGUMENT - 40)}… (${text.length} characters)` : text;
}
