/**
 * Receipts: what was written into the LMS and what it kept, on their way to the host.
 * They wait in this origin's localStorage until the host has them; where that is shut, in memory.
 */

const KEPT_AT_MOST = 400;
const SENT_AT_ONCE = 100;
const SEND_AFTER = 1000;
const TRY_AGAIN_AFTER = 15000;

/** @typedef {{ sequence: number, element: string, written: string, kept: string, accepted: boolean, error: string, at: number }} Receipt */

export class Receipts {
  /** @param {string} address @param {string} token @param {string} dispatch @param {string} sitting */
  constructor(address, token, dispatch, sitting) {
    this.address = address;
    this.token = token;
    this.sitting = sitting;
    this.key = `heliograph:receipts:${dispatch}:`;
    this.sequence = 0;
    /** @type {Receipt[]} */
    this.waiting = [];
    this.timer = 0;
    this.sendEarlierSittings();
  }

  /** @param {Omit<Receipt, "sequence" | "at">} receipt */
  add(receipt) {
    this.sequence += 1;
    this.waiting.push({ ...receipt, sequence: this.sequence, at: Date.now() });
    this.waiting.splice(0, Math.max(0, this.waiting.length - KEPT_AT_MOST));
    this.keep();
    this.later(SEND_AFTER);
  }

  /** Send what waits; with `last`, in a way that outlives this page. @param {boolean} [last] */
  async send(last = false) {
    clearTimeout(this.timer);
    this.timer = 0;
    const batch = this.waiting.slice(0, SENT_AT_ONCE);
    if (!batch.length || (this.sending && !last)) return;
    this.sending = true;
    const stored = await post(this.address, this.token, this.sitting, batch);
    this.sending = false;
    if (stored === null) return this.later(TRY_AGAIN_AFTER);
    this.waiting = this.waiting.filter((receipt) => receipt.sequence > stored);
    this.keep();
    if (this.waiting.length) this.later(0);
  }

  /** @param {number} milliseconds */
  later(milliseconds) {
    if (!this.timer) this.timer = setTimeout(() => void this.send(), milliseconds);
  }

  keep() {
    store((storage) =>
      this.waiting.length
        ? storage.setItem(this.key + this.sitting, JSON.stringify({ token: this.token, waiting: this.waiting }))
        : storage.removeItem(this.key + this.sitting),
    );
  }

  sendEarlierSittings() {
    store((storage) => {
      const keys = Array.from({ length: storage.length }, (_, place) => storage.key(place) ?? "");
      for (const key of keys.filter((one) => one.startsWith(this.key))) void this.sendEarlier(storage, key);
    });
  }

  /** @param {Storage} storage @param {string} key */
  async sendEarlier(storage, key) {
    const { token, waiting } = JSON.parse(storage.getItem(key) ?? "{}");
    const stored = waiting ? await post(this.address, token, key.slice(this.key.length), waiting) : 0;
    if (stored !== null) store(() => storage.removeItem(key));
  }
}

/** The highest sequence number the host has stored, or null where it could not be told. @param {string} address @param {string} token
 * @param {string} sitting @param {Receipt[]} receipts @returns {Promise<number | null>} */
async function post(address, token, sitting, receipts) {
  const writes = receipts.map(({ at, ...write }) => ({ ...write, ago: Date.now() - at }));
  try {
    const answer = await fetch(address, { method: "POST", body: JSON.stringify({ token, sitting, writes }), keepalive: true });
    if (answer.ok) return (await answer.json()).stored;
    return answer.status >= 400 && answer.status < 500 && answer.status !== 429 ? Infinity : null;
  } catch {
    return null;
  }
}

/** @param {(storage: Storage) => void} use */
function store(use) {
  try {
    use(window.localStorage);
  } catch {
    // Storage is shut: what waits stays in memory.
  }
}
