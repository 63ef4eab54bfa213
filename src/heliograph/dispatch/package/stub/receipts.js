/**
 * Receipts: what was written into the LMS and what it kept, on their way to the host.
 * They wait in this origin's localStorage until the host has them; where that is shut, in memory.
 */

const KEPT_AT_MOST = 400;
const SENT_AT_ONCE = 100;
const LARGEST_MESSAGE = 20000; // characters, of up to three bytes each: what a browser carries for a page that is gone
const SEND_AFTER = 1000;
const TRY_AGAIN_AFTER = 15000;

/** @typedef {{ sequence: number, element: string, written: string, kept: string, accepted: boolean, error: string, at: number }} Receipt */

export class Receipts {
  /** @param {string} address @param {string} token @param {string} dispatch @param {string} pageLoadId */
  constructor(address, token, dispatch, pageLoadId) {
    this.address = address;
    this.token = token;
    this.pageLoadId = pageLoadId;
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
    const batch = portion(this.waiting);
    if (!batch.length || (this.sending && !last)) return;
    this.sending = true;
    const done = await post(this.address, this.token, this.pageLoadId, batch, last);
    this.sending = false;
    if (!done) return this.later(TRY_AGAIN_AFTER);
    this.waiting = after(batch, this.waiting);
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
        ? storage.setItem(this.key + this.pageLoadId, JSON.stringify({ token: this.token, waiting: this.waiting }))
        : storage.removeItem(this.key + this.pageLoadId),
    );
  }

  sendEarlierSittings() {
    store((storage) => {
      const keys = Array.from({ length: storage.length }, (_, place) => storage.key(place) ?? "");
      for (const key of keys.filter((key) => key.startsWith(this.key))) void this.sendEarlier(storage, key);
    });
  }

  /** All of it, then its place in the storage, if nobody wrote there meanwhile. @param {Storage} storage @param {string} key */
  async sendEarlier(storage, key) {
    const text = storage.getItem(key) ?? "{}";
    const { token, waiting = [] } = JSON.parse(text);
    for (let rest = waiting; rest.length; ) {
      const batch = portion(rest);
      if (!(await post(this.address, token, key.slice(this.key.length), batch, false))) return;
      rest = after(batch, rest);
    }
    store(() => storage.getItem(key) === text && storage.removeItem(key));
  }
}

/** As many receipts, from the first, as one message takes. @param {Receipt[]} receipts @returns {Receipt[]} */
function portion(receipts) {
  let size = 0;
  const fits = receipts.slice(0, SENT_AT_ONCE).filter((receipt) => (size += JSON.stringify(receipt).length) <= LARGEST_MESSAGE);
  return fits.length ? fits : receipts.slice(0, 1);
}

/** @param {Receipt[]} batch @param {Receipt[]} receipts */
function after(batch, receipts) {
  const last = batch[batch.length - 1].sequence;
  return receipts.filter((receipt) => receipt.sequence > last);
}

/** Whether the host is done with these receipts: it has them, or wants them never. @param {string} address @param {string} token
 * @param {string} pageLoadId @param {Receipt[]} receipts @param {boolean} keepalive whether to outlive this page @returns {Promise<boolean>} */
async function post(address, token, pageLoadId, receipts, keepalive) {
  const writes = receipts.map(({ at, ...write }) => ({ ...write, ago: Date.now() - at }));
  try {
    const { status } = await fetch(address, { method: "POST", body: JSON.stringify({ token, sitting: pageLoadId, writes }), keepalive });
    return status < 500 && status !== 429;
  } catch {
    return false;
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
