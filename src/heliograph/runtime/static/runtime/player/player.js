/**
 * The player: opens the launch, shows the activity the host delivers, gives it the standard's API, and carries the learner's wishes back.
 * The API lives in this window, on the content's own origin, so it outlives the activity's frame.
 */

import { ScormApi } from "../cmi/api.js";
import { DataModel } from "../cmi/model.js";
import { Table } from "../cmi/table.js";
import { Committer, passing, portion, post } from "./committer.js";
import { Journal } from "./journal.js";
import { Link } from "./link.js";
import { View } from "./view.js";
import { Watch } from "./watch.js";

const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}");
const UNLOAD_PATIENCE = 2000;
const LAST_STATEMENT_PATIENCE = 1500;
const FORGETTABLE = ["opened_elsewhere", "launch_not_found"];
const REQUESTS = { continue: "continue", previous: "previous", exit: "exit", abandon: "exit", exitAll: "exit_all", abandonAll: "exit_all", suspendAll: "suspend_all" };

class Player {
  constructor() {
    this.exit = "";
    this.link = new Link();
    this.journal = new Journal(boot.registration, this.link);
    this.view = new View({ onNavigate: (event) => void this.navigate(event), onRetry: () => location.reload() });
    /** @type {Map<string, any>} */
    this.tables = new Map();
    this.watch = new Watch({
      token: () => this.committer.token,
      onAnswer: (answer) => this.heard(answer),
      onRefused: (problem) => this.committer.stop(problem?.code === "opened_elsewhere" ? "elsewhere" : "lost", problem),
      onReturned: () => void this.returned(),
    });
    this.leaving = false;
    /** @type {{ kind: string, target?: string | null } | null} what the learner asked for before the course was open */
    this.wish = null;
    /** @type {string | null} */
    this.place = null;
  }

  async start() {
    this.linked = await this.link.greet();
    if (!(await this.replay())) return this.view.refuse(null);
    const answer = await post(`/play/${boot.session}/open`, { embedder: this.link.origin });
    if (!answer.ok) return this.view.refuse(answer.document);
    await this.opened(answer.document);
  }

  /**
   * What earlier launches could not send goes first, so that this launch begins with it. False where it may still be taken later: a launch that
   * opened now would replace that one, and its work would be too late.
   */
  async replay() {
    for (const [launch, commits] of this.journal.unsent()) {
      if (!commits.length) continue;
      const answer = await this.replayOne(launch, commits);
      // Only what the host has, or has logged as not applied, may be forgotten; all else is sent again at the next launch.
      if (answer.ok || FORGETTABLE.includes(answer.document?.code)) this.journal.forget(launch);
      else if (passing(answer)) return false;
    }
    return true;
  }

  /** In parts that the host takes. @param {string} launch @param {import("./committer.js").Commit[]} commits */
  async replayOne(launch, commits) {
    let answer = { ok: true, status: 200, document: null };
    for (let rest = commits; rest.length && answer.ok; ) {
      const part = portion(rest);
      rest = rest.slice(part.length);
      answer = await post(`/play/${boot.session}/replay`, { launch, commits: part });
    }
    return answer;
  }

  /** @param {any} opened */
  async opened(opened) {
    this.started = Date.now();
    this.course = opened.course;
    this.exit = opened.exit;
    this.committer = new Committer({
      launch: opened.launch,
      token: opened.token,
      journal: this.journal,
      onAnswer: (answer) => this.heard(answer),
      onTrouble: (kind, problem) => {
        if (kind === "elsewhere" || kind === "lost") this.watch.end();
        this.view.trouble(kind, problem);
      },
    });
    this.committer.watched = opened.watched;
    this.view.course(opened);
    this.heard(opened);
    await this.show(opened);
    if (this.wish) await this.navigate(this.wish);
  }

  /** Every acknowledgement says what may be asked next and how far the learner has come. @param {any} answer */
  heard(answer) {
    this.valid = answer.valid;
    this.view.progress(answer);
    if (answer.relay) {
      this.place = answer.relay.location ?? this.place;
      this.link.state({ ...answer.relay, location: this.place });
    }
    for (const [element, error] of answer.rejected ?? []) console.warn(`The host refused ${element}: error ${error}`);
  }

  /** What follows from navigation. @param {any} answer */
  async show(answer) {
    if (answer.delivery || answer.ended || answer.menu) this.watch.end();
    if (answer.refusal) this.view.notice(answer.refusal);
    if (answer.delivery) await this.deliver(answer.delivery);
    else if (answer.ended) this.ended();
    else if (answer.menu) this.view.menu();
  }

  /** @param {any} delivery */
  async deliver(delivery) {
    this.watch.end();
    if (delivery.session) return this.deliverSpeaking(delivery);
    const table = await this.table(delivery.table);
    const model = new DataModel(table, { data: delivery.data, seed: delivery.seed, strict: this.course.strict });
    this.leaving = false;
    this.committer.activity = delivery.activity;
    this.session = { initialized: false, terminated: false };
    const session = this.session;
    const api = new ScormApi(table, model, {
      onCall: ({ method, args, result, error, at }) => this.committer.call([at - this.started, method, args, result, error]),
      onSet: (element, value) => this.committer.set(element, value),
      onCommit: () => {
        void this.committer.flush();
        return true;
      },
      onInitialize: () => {
        session.initialized = true;
      },
      onTerminate: () => {
        session.terminated = true;
        void this.terminated(model);
      },
      requestValid: (request) => this.requestValid(request),
    });
    const scorm12 = delivery.table === "scorm_12";
    Object.assign(window, { API: scorm12 ? api : undefined, API_1484_11: scorm12 ? undefined : api });
    this.view.show(delivery);
  }

  /** A lesson that speaks to the record store itself. @param {any} delivery */
  deliverSpeaking(delivery) {
    this.leaving = false;
    this.committer.activity = delivery.activity;
    Object.assign(window, { API: undefined, API_1484_11: undefined });
    this.watch.begin(delivery.session);
    if (delivery.window) this.view.offer(delivery, () => this.watch.open(delivery.url));
    else this.view.show(delivery);
  }

  /** The lesson is over: back to the table of contents, or to the end where there was nothing else. */
  async returned() {
    await this.navigate({ kind: this.course.activities > 1 ? "exit" : "exit_all" });
  }

  /** The activity ended its session; what it asked for counts unless the learner has already asked for something. @param {DataModel} model */
  async terminated(model) {
    const wish = this.leaving ? null : navigationRequest(model.data["adl.nav.request"]);
    const answer = await this.committer.flush({ terminated: true });
    if (wish && answer && !this.leaving) await this.navigate(wish);
  }

  /** Leave the activity, tell the host what the learner wants, show what it answers. @param {{ kind: string, target?: string | null }} event */
  async navigate(event) {
    if (!this.committer) {
      this.wish = event;
      return;
    }
    if (this.committer.stopped && event.kind === "suspend_all") return this.depart();
    if (this.leaving || this.committer.stopped) return;
    this.leaving = true;
    this.view.busy(true);
    await this.view.unload(UNLOAD_PATIENCE);
    if (this.watch.session) await this.watch.settled(LAST_STATEMENT_PATIENCE);
    const answer = await this.committer.flush({ event });
    this.view.busy(false);
    this.leaving = false;
    if (answer) await this.show(answer);
  }

  ended() {
    this.committer.stopped = true;
    this.view.ended(this.linked);
    this.depart();
  }

  /** Out of the course: the stub knows where to, if there is one. */
  depart() {
    if (this.linked) this.link.exit();
    else leave(this.exit);
  }

  /** @param {string} request */
  requestValid(request) {
    const [, target, kind] = /^\{target=(.+)\}(choice|jump)$/.exec(request) ?? [];
    if (kind) return String(kind === "choice" && this.valid.choice.includes(target));
    return request === "continue" || request === "previous" ? String(Boolean(this.valid[request])) : "unknown";
  }

  /** @param {string} name */
  async table(name) {
    if (!this.tables.has(name)) this.tables.set(name, new Table(await (await fetch(`${boot.tables}${name}.json`)).json()));
    return this.tables.get(name);
  }
}

/** Where the organisation wants leaving to lead, where no stub is around to go there. @param {string} exit */
function leave(exit) {
  if (/^https?:/.test(exit)) location.assign(exit);
  else if (exit === "blank") document.body.replaceChildren();
  else if (exit === "close") window.close();
}

/** What content asked for with adl.nav.request (SCORM 2004 SN, 5.6.4), as an event. @param {string | undefined} request */
function navigationRequest(request) {
  const targeted = /^\{target=(.+)\}(choice|jump)$/.exec(request ?? "");
  if (targeted) return { kind: "choice", target: targeted[1] };
  const kind = /** @type {Record<string, string>} */ (REQUESTS)[request ?? ""];
  return kind ? { kind } : null;
}

void new Player().start();
