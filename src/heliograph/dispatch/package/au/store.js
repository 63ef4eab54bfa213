/** The customer's LMS as cmi5 shows it to an AU: an address with who, what and where, a token that is fetched once, and a record store. */

const PATIENCE = 20000;
const HEADERS = { "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json" };

/** @typedef {import("./statements.js").Subject & { endpoint: string, fetch: string }} Address */
/** @typedef {{ status: number, body: any }} Answer a status of 0 is none at all */

/** What the LMS says in the page's address; null where it is not all there. @param {string} query @returns {Address | null} */
export function addressIn(query) {
  const given = new URLSearchParams(query);
  const [endpoint, fetch, registration, activityId] = ["endpoint", "fetch", "registration", "activityId"].map((name) => given.get(name) ?? "");
  const actor = parsed(given.get("actor") ?? "");
  if (!registration || !activityId || typeof actor !== "object" || actor === null || ![endpoint, fetch].every(isWebAddress)) return null;
  return { endpoint: endpoint.replace(/\/*$/, "/"), fetch, registration, activityId, actor };
}

/** The learner's id, name and mail address, as the LMS's actor says them. @param {import("./statements.js").Given} actor */
export function learnerIn(actor) {
  const email = String(actor.mbox ?? "").replace(/^mailto:/, "");
  const learner = actor.account?.name ?? (email || actor.openid || actor.mbox_sha1sum || "");
  return { learner: String(learner), name: String(actor.name ?? ""), email };
}

export class Store {
  /** @param {Address} address */
  constructor(address) {
    this.address = address;
    this.token = "";
  }

  /** Fetch the token, which is given once; the answer's code where there is none. */
  async enter() {
    if (this.token) return "";
    const { status, body } = await ask(this.address.fetch, { method: "POST" });
    this.token = String(body?.["auth-token"] ?? "");
    return this.token ? "" : `fetch ${body?.["error-code"] ?? status}`;
  }

  /** A document of this learner in this registration. @param {string} stateId @returns {Promise<Answer>} */
  state(stateId) {
    return this.send("GET", "activities/state", this.ofState(stateId));
  }

  /** @param {string} stateId @param {object} document @returns {Promise<Answer>} */
  keep(stateId, document) {
    return this.send("PUT", "activities/state", this.ofState(stateId), document);
  }

  /** @param {string} profileId @returns {Promise<Answer>} */
  profile(profileId) {
    return this.send("GET", "agents/profile", { profileId, agent: JSON.stringify(this.address.actor) });
  }

  /** Statements, all of them or none; always to one address, so that a browser that leaves need not ask first. @param {object[]} statements */
  say(statements) {
    return this.send("POST", "statements", {}, statements);
  }

  /** A statement that may have arrived. @param {string} statementId @returns {Promise<Answer>} */
  find(statementId) {
    return this.send("GET", "statements", { statementId });
  }

  /** @param {string} stateId */
  ofState(stateId) {
    const { actor, registration, activityId } = this.address;
    return { stateId, agent: JSON.stringify(actor), registration, activityId };
  }

  /** @param {string} method @param {string} resource @param {Record<string, string>} query @param {object} [body] @returns {Promise<Answer>} */
  send(method, resource, query, body) {
    const address = new URL(this.address.endpoint + resource);
    // Percent-encoded: `searchParams` writes a blank as “+”, which is one only in forms.
    const told = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    address.search = told.join("&");
    const headers = { ...HEADERS, Authorization: `Basic ${this.token}` };
    return ask(address.href, { method, headers, keepalive: method !== "GET", ...(body ? { body: JSON.stringify(body) } : {}) });
  }
}

/** @param {string} address @param {RequestInit} request @returns {Promise<Answer>} */
async function ask(address, request) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const answer = await fetch(address, { ...request, signal: abort.signal });
    return { status: answer.status, body: parsed(await answer.text()) };
  } catch {
    return { status: 0, body: null };
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {string} address */
function isWebAddress(address) {
  return /^https?:\/\//.test(address) && URL.canParse(address);
}
