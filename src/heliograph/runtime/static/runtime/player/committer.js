/**
 * The commit protocol's browser side (docs/protocols/commit.md): every value is journaled at once; one POST in flight, the rest gathered; numbered, so
 * that sending twice does nothing. Once the page may be going, whatever comes is sent in requests that outlive it.
 */

import { hiding } from "./hiding.js";

/**
 * @import { Acknowledgment, NavigationEvent, Problem } from "types/player"
 * @typedef {[number, string, string[], string, number]} Call milliseconds since the launch, method, arguments, result, error
 * @typedef {{ sequence: number, activity: string | null, values: [string, string][], calls: Call[], terminated: boolean,
 *   event: NavigationEvent | null, elapsed: number | null, table?: string, ends?: boolean }} Commit
 * @typedef {{ ok: boolean, status: number, document: any }} Answer what the host answered, with whatever document it sent: an acknowledgment, a problem
 */

// Milliseconds. A value is in the journal after NOTED and on its way after SOON, or EVERY after the request before it.
const NOTED = 200;
const SOON = 300;
const EVERY = 800;
const REGULARLY = 25000;
const WATCHED = 1000;
const LEAST_TIME = 1000; // that is worth a request of its own
const LONGEST_PAUSE = 30000;
const MOST_AT_ONCE = 100;
const LARGEST_REQUEST = 1024 * 1024;
const LONGEST_ARGUMENT = 1000;
// Bytes that browsers carry for pages that are gone, all requests on their way together (Fetch, 4.6), with room for what they count besides.
const CARRIED_AT_MOST = 64 * 1024 - 2048;
const LARGE = 16 * 1024; // from here on, what matters most goes first
const INDEXED = /\.\d+\./;
const BULKY = /^cmi\.suspend_data$/;
const CLOCK = /\.session_time$/; // says nothing new by itself
const bytes = new TextEncoder();

export class Committer {
  /**
   * @param {{ launch: string, token: string, journal: import("./write_ahead.js").WriteAheadLog, elapsed: () => number | null, timed: () => boolean, onNoted: () => void,
   *   onAnswer: (answer: Acknowledgment) => void,
   *   onTrouble: (kind: "unsent" | "sent" | "elsewhere" | "lost", problem?: Problem | null) => void }} options
   *   `elapsed`: milliseconds for which the activity has been open; `timed`: whether its time is what these say; `onNoted`: values have changed and are in the
   *   journal
   */
  constructor(options) {
    this.launch = options.launch;
    this.token = options.token;
    this.journal = options.journal;
    this.elapsed = options.elapsed;
    this.timed = options.timed;
    this.onNoted = options.onNoted;
    this.onAnswer = options.onAnswer;
    this.onTrouble = options.onTrouble;
    this.sequence = 0;
    /** @type {string | null} */
    this.activity = null;
    /** @type {string | undefined} the data model of the API that the course uses, where it was offered two */
    this.table = undefined;
    /** @type {Commit[]} not acknowledged, oldest first; what is noted is added to the last one, until that leaves */
    this.queue = [];
    /** @type {Map<string, string>} what was last set of the session's elements without an index */
    this.known = new Map();
    this.elapsedTold = 0; // by the last commit
    this.journaled = 0; // how many values of the last commit lie in the journal
    this.inFlight = 0; // the highest sequence number on its way
    this.highestDue = 0; // the highest that is to be sent; what is noted after it may wait
    this.highestSent = 0; // the highest that ever left: the host may have it, whatever became of its answer
    this.sentAt = -Infinity;
    /** @type {Set<number>} the sequences of what is said once more at the end */
    this.postponed = new Set();
    this.carried = 0; // bytes on their way in requests that outlive the page
    this.failures = 0;
    this.watched = false;
    this.stopped = false;
    this.going = false; // the page may go at any moment
    this.held = false; // the course is saying its last words: they are carried together
    this.hurried = false;
    this.timer = 0;
    this.due = Infinity;
    this.noting = 0;
    /** @type {Map<number, (answer: Acknowledgment | null) => void>} */
    this.waiting = new Map();
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.carry());
  }

  /** The page goes: what comes from here on is carried away, in requests that outlive it; what comes before `carry` is called, in one. */
  leave() {
    this.going = true;
    this.held = true;
  }

  /** Note one API call for the runtime log. @param {Call} call */
  call([at, method, given, result, error]) {
    this.draft().calls.push([at, method, given.map(shortened), shortened(result), error]);
    this.flushWithin(this.watched ? WATCHED : REGULARLY);
  }

  /** Note a value that was set; one that changes nothing is in the log alone. @param {string} element @param {string} value */
  set(element, value) {
    const text = value.toWellFormed?.() ?? value;
    if (this.known.get(element) === text) return;
    if (!INDEXED.test(element)) this.known.set(element, text);
    const draft = this.draft();
    // What lies in the journal may have been sent from there, by another window: it is added to, never changed.
    if (!INDEXED.test(element)) draft.values = draft.values.filter(([other], place) => place < this.journaled || other !== element);
    draft.values.push([element, text]);
    if (hiding() && !this.going) this.hurry();
    this.noting ||= setTimeout(() => this.note(), NOTED);
    if (!CLOCK.test(element)) this.flushWithin(Math.max(SOON, this.sentAt + EVERY - Date.now()));
    else this.flushWithin(REGULARLY);
  }

  /** The course speaks while its page is hidden, when no timer may come any more: when it has said all, that leaves. */
  hurry() {
    if (this.hurried) return;
    this.hurried = true;
    queueMicrotask(() => {
      this.hurried = false;
      void this.flush();
    });
  }

  /** What was noted is written where a killed tab leaves it. */
  note() {
    clearTimeout(this.noting);
    this.noting = 0;
    if (this.stopped) return;
    const last = this.queue.at(-1);
    if (last && last.sequence > this.highestSent) {
      last.elapsed = this.elapsed();
      this.elapsedTold = last.elapsed ?? 0;
      this.journaled = last.values.length;
    }
    this.journal.write(this.launch, this.queue);
    this.onNoted();
  }

  /** The commit to which what comes now is added. @returns {Commit} */
  draft() {
    const last = this.queue.at(-1);
    if (last && last.sequence > this.highestSent && last.activity === this.activity && last.table === this.table && !last.terminated && !last.event) return last;
    /** @type {Commit} */
    const made = { sequence: (this.sequence += 1), activity: this.activity, values: [], calls: [], terminated: false, event: null, elapsed: this.elapsed() };
    if (this.table) made.table = this.table;
    this.queue.push(made);
    this.journaled = 0;
    return made;
  }

  /**
   * Send what was noted. Resolves with the host's acknowledgment, or null where there was nothing to send or nobody takes it any more.
   * @param {{ terminated?: boolean, event?: NavigationEvent | null }} [more] @returns {Promise<Acknowledgment | null>}
   */
  flush({ terminated = false, event = null } = {}) {
    this.clearTimer();
    if (this.stopped) return Promise.resolve(null);
    if (terminated || event) {
      Object.assign(this.draft(), { terminated, event });
      this.known.clear();
    }
    const last = this.queue.at(-1);
    if (!last || last.sequence <= this.highestSent) return Promise.resolve(null);
    this.split(last);
    this.note();
    this.highestDue = this.sequence;
    const answered = new Promise((resolve) => this.waiting.set(this.sequence, resolve));
    if (this.going ? !this.held : hiding()) this.carry();
    else if (!this.going) void this.send();
    return answered;
  }

  /** A large commit becomes two: status, score, time, place and that it is the end first, records and suspend data after them. @param {Commit} commit */
  split(commit) {
    const later = (/** @type {[string, string]} */ [element]) => INDEXED.test(element) || BULKY.test(element);
    if (!commit.values.some(later) || commit.values.every(later) || size(commit.values) < LARGE) return;
    const { terminated, event } = commit;
    const rest = { ...commit, sequence: (this.sequence += 1), values: commit.values.filter(later), terminated, event };
    Object.assign(commit, { values: commit.values.filter((value) => !later(value)), calls: [], terminated: false, event: null, ends: terminated });
    this.queue.push(rest);
  }

  async send() {
    if (this.inFlight || !this.queue.length || this.stopped) return;
    if (this.sequence > this.highestSent) this.note(); // nothing leaves that would not be sent again
    const sent = portion(this.queue);
    const last = (this.inFlight = sent[sent.length - 1].sequence);
    this.highestSent = Math.max(this.highestSent, last);
    this.sentAt = Date.now();
    const answer = await post(this.address, { commits: sent });
    this.inFlight = 0;
    this.heard(answer, last);
  }

  /**
   * The page may be going: what is not acknowledged goes out, as much of it as a browser carries for a page that is gone, from the first. The rest goes in
   * an ordinary request, which may still arrive, and lies in the journal.
   */
  carry() {
    this.held = false;
    if (this.stopped) return;
    if (!this.queue.length && this.timed() && (this.elapsed() ?? 0) - this.elapsedTold > LEAST_TIME) this.draft(); // the time alone
    if (!this.queue.length) return;
    // After the end of a session nothing is taken but its calls.
    const open = this.queue.filter(({ sequence }) => sequence > this.highestSent);
    const last = open.find(({ terminated, event }) => terminated || event) ?? open.at(-1);
    if (last) {
      this.postpone(last);
      this.split(last);
    }
    this.note();
    this.highestSent = this.sequence;
    const light = this.light(); // the log is worth less than the state
    const commits = size({ commits: this.queue }) <= this.room ? this.queue : light;
    const count = fitting(commits, this.room);
    const address = this.address;
    if (count) void this.carryOne(address, commits.slice(0, count));
    if (count < commits.length) void post(address, { commits: portion(commits) }).then((answer) => this.heard(answer, this.sequence));
  }

  /** What is not acknowledged, as a page that goes says it. */
  light() {
    return this.queue.map((commit) => ({ ...commit, calls: [], values: this.postponed.has(commit.sequence) ? [] : commit.values }));
  }

  /**
   * What is too large to be carried and has no answer yet would hold up what came after it, status and score. It is said once more behind them, in the last
   * commit; what goes in its place is empty, which takes nothing back where it has arrived. @param {Commit} last
   */
  postpone(last) {
    if (size({ commits: this.light() }) <= this.room) return;
    const set = new Set(last.values.map(([element]) => element));
    for (const commit of this.queue.filter(({ sequence }) => sequence < last.sequence)) {
      const same = commit.activity === last.activity && commit.table === last.table;
      if (!same || commit.terminated || commit.event || size(commit.values) < LARGE || this.postponed.has(commit.sequence)) continue;
      this.postponed.add(commit.sequence);
      last.values.push(...commit.values.filter(([element]) => !set.has(element)));
    }
  }

  get address() {
    return `/play/${this.token}/commit`;
  }

  get room() {
    return CARRIED_AT_MOST - this.carried;
  }

  /** @param {string} address @param {Commit[]} commits */
  async carryOne(address, commits) {
    const body = JSON.stringify({ commits });
    const length = size({ commits });
    this.carried += length;
    const answer = await post(address, { commits }, body);
    this.carried -= length;
    this.heard(answer, commits[commits.length - 1].sequence);
  }

  /** @param {Answer} answer @param {number} last the highest sequence number that was sent */
  heard(answer, last) {
    if (this.stopped) return;
    if (answer.ok) this.acknowledged(answer.document, Math.min(last, answer.document?.sequence ?? last));
    else this.refused(answer);
  }

  /**
   * What the host has may be more than was sent from here, where another window sent what lay in the journal; but that may be less than what these
   * commits have become since. So only what was sent is done.
   * @param {Acknowledgment} answer @param {number} last the highest sequence number that is done
   */
  acknowledged(answer, last) {
    const troubled = this.failures > 0;
    this.failures = 0;
    this.token = answer.token ?? this.token;
    this.watched = Boolean(answer.watched);
    const done = this.queue.filter((commit) => commit.sequence <= last);
    if (!done.length) return; // an earlier answer said so
    this.queue = this.queue.filter((commit) => commit.sequence > last);
    this.journal.write(this.launch, this.queue);
    if (troubled) this.onTrouble("sent");
    this.onAnswer(answer);
    for (const commit of done) this.settle(commit.sequence, answer);
    if (this.queue.length && this.queue[0].sequence <= this.highestDue) void this.send();
  }

  /** @param {Pick<Answer, "status" | "document">} answer */
  refused({ status, document }) {
    if (document?.code === "opened_elsewhere") return this.stop("elsewhere", document);
    if (!passing({ status, document })) return this.stop("lost", document);
    if (this.going) return; // what is carried away is heard of at the next launch
    this.failures += 1;
    this.onTrouble("unsent");
    setTimeout(() => void this.send(), Math.min(LONGEST_PAUSE, 500 * 2 ** this.failures));
  }

  /** @param {"elsewhere" | "lost"} kind @param {Problem | null} problem */
  stop(kind, problem) {
    this.stopped = true;
    if (kind === "elsewhere") this.journal.forget(this.launch);
    for (const sequence of [...this.waiting.keys()]) this.settle(sequence, null);
    this.onTrouble(kind, problem);
  }

  /** @param {number} sequence @param {Acknowledgment | null} answer */
  settle(sequence, answer) {
    this.waiting.get(sequence)?.(answer);
    this.waiting.delete(sequence);
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
  let length = 0;
  for (const commit of commits.slice(0, MOST_AT_ONCE)) {
    const own = JSON.stringify(commit).length;
    if (taken.length && length + own > LARGEST_REQUEST) break;
    taken.push(own > LARGEST_REQUEST ? { ...commit, calls: [] } : commit);
    length += own;
  }
  return taken;
}

/** How many commits, from the first, a request of so many bytes takes. @param {Commit[]} commits @param {number} room */
function fitting(commits, room) {
  let left = room - 16;
  const over = commits.slice(0, MOST_AT_ONCE).findIndex((commit) => (left -= size(commit) + 1) < 0);
  return over < 0 ? Math.min(commits.length, MOST_AT_ONCE) : over;
}

/** The bytes of a value's JSON. @param {unknown} value */
function size(value) {
  return bytes.encode(JSON.stringify(value)).length;
}

/**
 * A POST without headers of its own, so that it never needs a preflight. Status 0 where the host cannot be reached. With `carried`, its body, it outlives
 * the page; a browser that knows no such request is given a beacon, which hears no answer.
 * @param {string} address @param {object} body @param {string} [carried] @returns {Promise<Answer>}
 */
export async function post(address, body, carried) {
  try {
    if (carried && !("keepalive" in Request.prototype)) return { ok: false, status: 0, document: navigator.sendBeacon(address, carried) };
    const answer = await fetch(address, { method: "POST", body: carried ?? JSON.stringify(body), keepalive: Boolean(carried) });
    return { ok: answer.ok, status: answer.status, document: await answer.json() };
  } catch {
    return { ok: false, status: 0, document: null };
  }
}

/** Whether what was not taken now may be taken later. @param {Pick<Answer, "status" | "document">} answer */
export function passing({ status, document }) {
  return status < 400 || status >= 500 || status === 408 || status === 429 || document?.code === "busy";
}

/** The log shows the beginning of a long argument and how long it was. @param {string} text */
function shortened(text) {
  return text.length > LONGEST_ARGUMENT ? `${text.slice(0, LONGEST_ARGUMENT - 40)}… (${text.length} characters)` : text;
}
