/**
 * What the host shall hear of one session, on its way there. It waits in the LMS's localStorage (in memory where that is shut) until the host says
 * that it is stored, however long the host is away: the next opening of the course in this browser sends what an earlier one could not.
 */

import { newId } from "./page_load.js";

const PREFIX = "heliograph:outbox:";
const SENT_AT_ONCE = 50;
const LARGEST_BODY = 200_000;
const LARGEST_LAST_WORD = 60_000; // bytes: what a browser sends for a page that is gone, all messages together
const LARGE = 16_000; // bytes: from here on, status and score go in a message of their own first
const PATIENCE = 20_000;
const MOST_HOPS = 3;
const TRY_AGAIN_AFTER = 5_000;
const TRY_AGAIN_AT_MOST = 60_000;

/** @typedef {{ sequence: number, kind: "state" | "end", at: number, body: object }} Event */
/** @typedef {{ address: string, sitting: string, began: number, request: object, token: string, waiting: Event[] }} Held */
/** @typedef {{ host: string, dispatch: string }} Door */

export class Outbox {
  /** @param {string} key @param {Held} held */
  constructor(key, held) {
    this.key = key;
    this.held = held;
    this.sequence = held.waiting.at(-1)?.sequence ?? 0;
    this.timer = 0;
    this.pause = TRY_AGAIN_AFTER;
    this.sending = false;
    this.closed = false;
    this.carried = 0; // the highest sequence number that was sent in a message that outlives the page
    this.room = LARGEST_LAST_WORD;
  }

  /** The outbox of a session that begins now. @param {Door} door @param {object} request */
  static begin(door, request) {
    const sitting = newId();
    const address = `${door.host}/d/${door.dispatch}`;
    return new Outbox(PREFIX + door.dispatch + ":" + sitting, { address, sitting, began: Date.now(), request, token: "", waiting: [] });
  }

  /** Send what earlier sessions of this dispatch, in this browser, had no answer for. @param {Door} door @param {string} mine */
  static sendEarlier(door, mine) {
    store((storage) => {
      const keys = Array.from({ length: storage.length }, (_, place) => storage.key(place) ?? "");
      for (const key of keys.filter((key) => key.startsWith(PREFIX + door.dispatch + ":") && key !== mine)) {
        const text = storage.getItem(key) ?? "";
        void new Outbox(key, JSON.parse(text)).sendAll(text);
      }
    });
  }

  /**
   * Say who is there. The host's answer, a problem document, or null where it cannot be reached.
   * @param {number} patience @param {boolean} late whether the session went on without an answer
   * @returns {Promise<any>}
   */
  async shakeHands(patience, late) {
    const { request, sitting, began } = this.held;
    let answer = null;
    for (let hops = 0; hops < MOST_HOPS; hops += 1) {
      const began_ago = late ? Math.max(1, Date.now() - began) : 0;
      answer = await post(`${this.held.address}/launch`, { ...request, mode_of_package: "embedded", sitting, began_ago }, patience);
      if (!answer?.document.moved) break;
      this.held.address = answer.document.moved + new URL(this.held.address).pathname; // the host has another name now
    }
    if (answer?.document.callback) this.held.token = answer.document.callback;
    return answer && answer.document;
  }

  /** @param {"state" | "end"} kind @param {Record<string, unknown>} body */
  add(kind, body) {
    const bodies = bytesOf(body) > LARGE ? [{ ...body, elements: {} }, body] : [body];
    for (const body of bodies) this.held.waiting.push({ sequence: (this.sequence += 1), kind, at: Date.now(), body });
    this.keep();
    this.later(0);
  }

  /** Nothing is reported any more. */
  close() {
    this.closed = true;
    this.held.waiting = [];
    this.keep();
  }

  /** Send once what waits; true when the host has it all. */
  async send() {
    if (this.sending || this.closed || !this.held.waiting.length) return !this.held.waiting.length;
    this.sending = true;
    clearTimeout(this.timer);
    this.timer = 0;
    const next = await this.sendOnce();
    this.sending = false;
    if (this.held.waiting.length && !this.closed) this.later(next);
    return !this.held.waiting.length;
  }

  /** @returns {Promise<number>} the milliseconds after which to send again */
  async sendOnce() {
    if (!this.held.token && !(await this.greetLate())) return this.patience();
    const batch = this.batch();
    const answer = await post(`${this.held.address}/events`, { token: this.held.token, events: batch.map(sent) }, PATIENCE);
    if (answer === null || answer.status >= 500) return this.patience();
    if (answer.status === 429) return Math.max(1, answer.retryAfter) * 1000;
    if (answer.status === 401) {
      this.held.token = ""; // expired while we were away: ask for a new one
      return 1000;
    }
    const last = batch[batch.length - 1].sequence;
    if (answer.document.token) this.held.token = answer.document.token;
    this.held.waiting = this.held.waiting.filter((event) => event.sequence > last); // stored, or refused for good
    this.keep();
    this.pause = TRY_AGAIN_AFTER;
    return 0;
  }

  /** The handshake of a session that goes on without one; false where the host is still away. */
  async greetLate() {
    const answer = await this.shakeHands(PATIENCE, true);
    if (answer?.code && answer.status < 500 && answer.status !== 429) this.close(); // the dispatch is gone
    return Boolean(this.held.token);
  }

  /** Everything an earlier session left, then its place in the storage, if nobody wrote there meanwhile. @param {string} text */
  async sendAll(text) {
    while (this.held.waiting.length && !this.closed) {
      const before = this.held.waiting.length;
      await this.sendEarlierOnce();
      if (this.held.waiting.length === before) return;
    }
    store((storage) => storage.getItem(this.key) === text && storage.removeItem(this.key));
  }

  async sendEarlierOnce() {
    const keep = this.keep;
    this.keep = () => {}; // the storage is another page's as long as it lives
    await this.sendOnce();
    if (!this.held.token && !this.closed) await this.sendOnce();
    this.keep = keep;
  }

  /**
   * The page goes away: send, from the end, what a browser still carries and was not sent so before. The answer is not waited for; the storage keeps all.
   */
  lastWord() {
    if (!this.held.token) return;
    const last = [];
    let size = 0;
    for (const event of this.held.waiting.filter(({ sequence }) => sequence > this.carried).toReversed()) {
      const length = bytesOf(sent(event)) + 1;
      if (size + length > this.room) continue; // its light twin says what matters
      size += length;
      last.unshift(event);
    }
    if (!last.length) return;
    this.room -= size;
    this.carried = last[last.length - 1].sequence;
    const body = JSON.stringify({ token: this.held.token, events: last.map(sent) });
    void fetch(`${this.held.address}/events`, { method: "POST", body, keepalive: true })
      .catch(() => {})
      .then(() => {
        this.room += size; // where the page lives on
      });
  }

  batch() {
    let size = 0;
    const fits = this.held.waiting.slice(0, SENT_AT_ONCE).filter((event) => (size += JSON.stringify(event).length) <= LARGEST_BODY);
    return fits.length ? fits : this.held.waiting.slice(0, 1);
  }

  patience() {
    this.pause = Math.min(TRY_AGAIN_AT_MOST, this.pause * 1.5);
    return this.pause;
  }

  /** @param {number} milliseconds */
  later(milliseconds) {
    if (!this.timer && !this.sending) this.timer = setTimeout(() => void this.send(), milliseconds);
  }

  /** Where the storage is full, older states go first: each state is whole, so the newest is enough. */
  keep() {
    while (!store((storage) => this.put(storage)) && this.held.waiting.length > 2) {
      this.held.waiting.splice(0, Math.ceil(this.held.waiting.length / 2));
    }
  }

  /** @param {Storage} storage */
  put(storage) {
    if (this.held.waiting.length) storage.setItem(this.key, JSON.stringify(this.held));
    else storage.removeItem(this.key);
  }
}

/** @param {unknown} value */
function bytesOf(value) {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** @param {Event} event */
function sent({ at, ...event }) {
  return { ...event, ago: Math.max(0, Date.now() - at) };
}

/** @param {string} address @param {object} body @param {number} patience @returns {Promise<{ status: number, retryAfter: number, document: any } | null>} */
async function post(address, body, patience) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    const answer = await fetch(address, { method: "POST", body: JSON.stringify(body), signal: abort.signal });
    const retryAfter = Number(answer.headers.get("Retry-After") ?? 10);
    return { status: answer.status, retryAfter, document: await answer.json() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the storage took it; where it is shut for good, memory has to do. @param {(storage: Storage) => unknown} use */
function store(use) {
  try {
    use(window.localStorage);
    return true;
  } catch (reason) {
    return !(reason instanceof DOMException && reason.name === "QuotaExceededError");
  }
}
