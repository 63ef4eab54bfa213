/**
 * The stub in the clothes of cmi5: the page that an AU of our packages opens. It enters the LMS's record store, asks the host to launch its learner, shows the
 * player, and says in statements what the host acknowledges. What the store knows is kept in the store, so that what it could not be told is said at the next
 * opening; the host has it anyway. docs/protocols/stub.md describes the messages.
 */

import { hiding } from "./hiding.js";
import { askToLaunch } from "./launch.js";
import { identity, resumeToken } from "./identity.js";
import { loading } from "./loading.js";
import { say } from "./messages.js";
import { Receipts } from "./receipts.js";
import { newId } from "./page_load.js";
import { PlayerFrame, leadTo } from "./player_frame.js";
import { known, news, statement } from "./statements.js";
import { Store, addressIn, learnerIn } from "./store.js";
import { config as given, prefer } from "./wording.js";

const OURS = "heliograph";
const TRY_AGAIN_AFTER = 5000;
const PATIENCE_AT_THE_END = 8000;
const LONGEST_SILENCE = 4 * 3600 * 1000; // milliseconds: a forgotten window is not four hours of learning

/** @import { Relay } from "types/player" */
/** @typedef {import("./statements.js").News} News */
/** @typedef {{ keepsake?: string, told?: import("./statements.js").StatementsSent, unheard?: { id: string, one: News }[] }} Kept what the LMS keeps for us in a
 *   registration; `unheard`: what a page said when it went, and nobody knows whether it arrived */

const config = /** @type {import("./launch.js").Config} */ (given);
const asGiven = !config.salt && !config.anonymous;
const pageLoadId = newId();

const address = addressIn(location.search);
if (address) void enter(new Store(address));
else say("launch_missing");

/** @param {Store} store */
async function enter(store) {
  const again = () => void enter(store);
  loading();
  const shut = await store.enter();
  if (shut) return say("lms_refused", { code: shut, onward: shut === "fetch 0" ? again : undefined });
  const [data, preferences, kept] = await Promise.all([store.state("LMS.LaunchData"), store.profile("cmi5LearnerPreferences"), store.state(OURS)]);
  if (data.status !== 200 || !data.body || kept.status === 0) return say("lms_refused", { code: `state ${data.status}`, onward: again });
  prefer(String(preferences.body?.languagePreference ?? "").split(","));
  await new AuSession(store, data.body, kept).open(again);
}

/** One loading of the page: a session of the LMS's. */
class AuSession {
  /** @param {Store} store @param {import("./statements.js").LaunchData} data @param {import("./store.js").Answer} kept */
  constructor(store, data, kept) {
    this.store = store;
    this.data = data;
    /** @type {Kept} */
    this.kept = (kept.status === 200 && kept.body) || {};
    this.entry = kept.status === 404 ? "ab-initio" : "resume";
    this.mode = { Browse: "browse", Review: "review" }[data.launchMode ?? ""] ?? "normal";
    this.began = this.heardAt = performance.now();
    this.over = false;
    /** @type {Set<string>} the verbs of this session, also those that are on their way or were refused */
    this.said = new Set();
    /** @type {News[]} what is on its way, which also arrives when the page is gone */
    this.underway = [];
    /** @type {Map<string, import("./statements.js").Statement>} a statement that may have arrived is sent again as it was */
    this.drafts = new Map();
    /** @type {Promise<unknown>} what is said and kept, one thing after the other */
    this.saying = Promise.resolve();
    this.learner = ""; // as the host is told
    /** @type {Relay | null} the host's newest relay */
    this.state = null;
    /** @type {Receipts | null} */
    this.receipts = null;
    this.exit = "";
  }

  /** @param {() => void} again */
  async open(again) {
    const { status } = await this.store.say([this.made({ word: "initialized", result: null })]);
    if (status < 200 || status > 299) return say("lms_refused", { code: `initialized ${status}`, onward: again });
    window.addEventListener("pagehide", (event) => event.isTrusted && this.vanish()); // an LMS may say so too, before the player was asked
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.mirror(this.state));
    window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from the cache: the session is over
    await askToLaunch(config, () => this.described(), (launch) => this.show(launch));
  }

  /** What the LMS says of its learner and of itself. */
  async described() {
    const { learner, name, email } = learnerIn(this.store.address.actor);
    const who = await identity(config, learner, name);
    this.learner = who.learner;
    return {
      ...who,
      ...(asGiven ? { email } : {}),
      sitting: pageLoadId,
      place: placeOf(),
      keepsake: this.kept.keepsake ?? (who.learner && resumeToken(config.dispatch, who.learner)),
      mode: this.mode,
      entry: this.entry,
      stub: config.stub,
      standard: config.format,
    };
  }

  /** @param {import("./launch.js").Launch} launch */
  show(launch) {
    this.exit = launch.exit;
    if (launch.reporting && this.mode === "normal") {
      this.receipts = new Receipts(`${config.host}/d/${config.dispatch}/receipts`, launch.receipts, config.dispatch, pageLoadId);
      if (launch.keepsake) this.kept.keepsake = launch.keepsake;
      if (launch.keepsake && this.learner) resumeToken(config.dispatch, this.learner, launch.keepsake);
      this.saying = this.hearAgain().then(() => this.keep());
      // What the host knows and this store does not have yet, from a session that ended too suddenly.
      if (launch.relay) this.mirror(launch.relay);
    }
    // A window that the LMS opened for us is the course's own already: who looks for an API at its top finds the player's.
    const alone = launch.opens_in === "window" && window.top === window && new URL(launch.url).origin === location.origin;
    const heard = (/** @type {Relay} */ state) => {
      this.heardAt = performance.now();
      if (hiding()) this.mirror(state); // said after this page was hidden, too
      else this.state = state;
    };
    const listener = { state: (/** @type {Relay} */ state) => this.mirror(state), pending: heard, leaving: heard, again: () => {}, exit: () => void this.end() };
    const name = launch.unconfirmed && asGiven ? learnerIn(this.store.address.actor).name : "";
    const stage = new PlayerFrame(config.dispatch, { ...launch, name, opens_in: alone ? "frame" : launch.opens_in }, listener);
    if (alone) for (const name of ["API", "API_1484_11"]) Object.defineProperty(window, name, { get: () => /** @type {any} */ (stage.player)?.[name] });
    stage.show();
  }

  /** @param {Relay | null} state */
  mirror(state) {
    this.heardAt = performance.now();
    this.state = state;
    this.saying = this.saying.then(() => this.tell(false));
  }

  /** Say what is new. @param {boolean} leaving */
  async tell(leaving) {
    for (const news of this.news(leaving)) {
      this.said.add(news.word);
      const made = this.made(news);
      this.underway = [news];
      const { status } = await this.store.say([made]);
      this.underway = [];
      if (passing(status)) {
        this.said.delete(news.word);
        if (!leaving) setTimeout(() => this.mirror(this.state), TRY_AGAIN_AFTER);
        else this.receive(made, status);
        return;
      }
      this.receive(made, status);
      if (taken(status)) await this.know(news);
    }
  }

  /** @param {boolean} leaving */
  news(leaving) {
    if (!this.state || !this.receipts || this.over) return [];
    return news(this.state, this.kept.told ?? {}, this.said, this.data, leaving);
  }

  /** @param {News} news */
  know(news) {
    this.kept.told = known(this.kept.told ?? {}, news);
    return this.keep();
  }

  /** What the last page said while it went is looked for: what arrived was told, and what did not is said now. */
  async hearAgain() {
    const unheard = this.kept.unheard ?? [];
    this.kept.unheard = [];
    for (const { id, one: news } of unheard) {
      const { status } = await this.store.find(id);
      if (passing(status)) {
        this.kept.unheard.push({ id, one: news }); // another time
        this.said.add(news.word);
      } else if (status !== 404) {
        this.kept.told = known(this.kept.told ?? {}, news); // also where a lesson may not read what it said
        if (taken(status)) this.receive(this.made(news), status);
      }
    }
  }

  /** The store keeps for us what it was told, and whose id was not told to the host is known again by it. */
  keep() {
    return this.store.keep(OURS, this.kept);
  }

  /** @param {import("./statements.js").Statement} made @param {number} status */
  receive({ verb, result }, status) {
    const written = JSON.stringify(result);
    const error = taken(status) ? "0" : status ? String(status) : "no answer";
    this.receipts?.add({ element: verb.display.en, written, kept: taken(status) ? written : "", accepted: taken(status), error });
  }

  /** The learner left the course: the last words, then back to the LMS. */
  async end() {
    await Promise.race([this.sayGoodbye(), new Promise((resolve) => setTimeout(resolve, PATIENCE_AT_THE_END))]);
    leadTo(this.data.returnURL ?? this.exit);
  }

  async sayGoodbye() {
    await this.saying;
    await this.tell(true);
    if (this.over) return;
    this.over = true;
    const made = this.made({ word: "terminated", result: {} });
    this.receive(made, (await this.store.say([made])).status);
    void this.receipts?.send(true);
  }

  /** The page goes: what is to be said goes in one message that outlives it, and nobody hears the answer. */
  vanish() {
    if (this.over) return;
    const last = this.news(true);
    this.over = true;
    void this.store.say([...last, /** @type {News} */ ({ word: "terminated", result: {} })].map((news) => this.made(news)));
    const sent = [...this.underway, ...last];
    if (sent.length) {
      this.kept.unheard = [...(this.kept.unheard ?? []), ...sent.map((news) => ({ id: this.made(news).id, one: news }))];
      void this.keep();
    }
    void this.receipts?.send(true);
  }

  /** @param {News} news */
  made(news) {
    const made = this.drafts.get(news.word) ?? statement(newId(), this.store.address, this.data, news, this.spent());
    this.drafts.set(news.word, made);
    return made;
  }

  /** Milliseconds since the session began; of the silence at its end, so much that a forgotten window is no work. */
  spent() {
    return Math.round(this.heardAt - this.began + Math.min(LONGEST_SILENCE, performance.now() - this.heardAt));
  }
}

/** Where the LMS is: the page around this one or before it, as the browser says it; nothing that stands in the address, which anybody writes. */
function placeOf() {
  const around = location.ancestorOrigins?.[0] ?? "";
  if (/^https?:/.test(around)) return around;
  return document.referrer ? new URL(document.referrer).origin : "";
}

/** @param {number} status */
function taken(status) {
  return status >= 200 && status < 300;
}

/** Whether trying again may help. @param {number} status */
function passing(status) {
  return status === 0 || status === 429 || status >= 500;
}
