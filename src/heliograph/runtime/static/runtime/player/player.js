/**
 * The player: opens the launch, shows the activity the host delivers, gives it the standard's API, and carries the learner's wishes back.
 * The API lives in this window, on the content's own origin, so it outlives the activity's frame.
 */

import { ScormApi } from "../cmi/api.js";
import { DataModel } from "../cmi/model.js";
import { courseOutcome, placeOf, reportedTime } from "../cmi/outcome.js";
import { Table } from "../cmi/table.js";
import { Committer, passing, portion, post } from "./committer.js";
import { WriteAheadLog } from "./write_ahead.js";
import { Leaving } from "./leaving.js";
import { Link } from "./link.js";
import { View } from "./view.js";
import { Watch } from "./watch.js";

/** @import { Boot, Delivery, LessonDelivery, NavigationEvent, Opened, Progress, Relay, Standing, Step } from "types/player" */

const boot = /** @type {Boot} */ (JSON.parse(document.getElementById("boot")?.textContent ?? "{}"));
const UNLOAD_PATIENCE = 2000;
const LAST_STATEMENT_PATIENCE = 1500;
const NAMES = /** @type {Record<string, string>} */ ({ scorm_12: "cmi.core.student_name", scorm_2004: "cmi.learner_name" });
const APIS = /** @type {Record<string, string>} */ ({ scorm_12: "API", scorm_2004: "API_1484_11" });
const FORGETTABLE = ["opened_elsewhere", "launch_not_found"];
const REQUESTS = { continue: "continue", previous: "previous", exit: "exit", abandon: "exit", exitAll: "exit_all", abandonAll: "exit_all", suspendAll: "suspend_all" };
// What ends more than the session, in a course of several activities: in SCORM 1.2 the learner comes back to the others, or later.
const EXITS = { scorm_12: { "time-out": "exit", logout: "suspend_all" }, scorm_2004: { "time-out": "exit_all", logout: "exit_all" } };

/** @typedef {{ model: DataModel, judging: import("../cmi/outcome.js").Judging | null, terminated: boolean, begun: number }} Session */

class Player {
  constructor() {
    this.exit = "";
    this.link = new Link({ onParting: () => this.page.parting() });
    this.journal = new WriteAheadLog(boot.registration, this.link);
    this.view = new View(boot, { onNavigate: (event) => void this.navigate(event), onRetry: () => location.reload() });
    /** @type {Map<string, Table>} */
    this.tables = new Map();
    this.watch = new Watch({
      token: () => this.committer.token,
      onAnswer: (answer) => this.heard(answer),
      onRefused: (problem) => this.committer.stop(problem?.code === "opened_elsewhere" ? "elsewhere" : "lost", problem),
      onReturned: () => void this.returned(),
    });
    this.leaving = false;
    this.page = new Leaving({
      frame: () => this.view.frame,
      onEnding: () => this.committer?.leave(),
      onEnded: () => this.lastWords(),
      onStayed: () => {
        this.view.frame.remove(); // what is in it is not asked once more
        location.reload();
      },
    });
    /** @type {Session | null} */
    this.session = null;
    this.watchedSince = 0; // when the lesson began that speaks to the record store itself
    this.earlier = 0; // centiseconds of this launch that were spent in sessions before the one that is open
    /** @type {Relay | null} the host's last word on what the LMS is told */
    this.relay = null;
    /** @type {NavigationEvent | null} what the learner asked for before the course was open */
    this.wish = null;
    /** @type {string | null} */
    this.place = null;
  }

  async start() {
    this.view.courseLoading(0);
    /** @type {boolean} */
    this.linked = await this.link.greet();
    this.view.courseLoading(this.link.waited);
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
    let answer = /** @type {import("./committer.js").Answer} */ ({ ok: true, status: 200, document: null });
    for (let rest = commits; rest.length && answer.ok; ) {
      const part = portion(rest);
      rest = rest.slice(part.length);
      answer = await post(`/play/${boot.session}/replay`, { launch, commits: part });
    }
    return answer;
  }

  /** @param {Opened} opened */
  async opened(opened) {
    // Set once the launch is open; what may run before that checks for them.
    /** @type {number} */
    this.started = Date.now();
    /** @type {Opened["course"] & { mode: string }} */
    this.course = { ...opened.course, mode: opened.mode };
    this.exit = opened.exit;
    /** @type {Committer} */
    this.committer = new Committer({
      launch: opened.launch,
      token: opened.token,
      journal: this.journal,
      elapsed: () => this.session && Math.round(performance.now() - this.session.begun),
      timed: () => this.timed(),
      onNoted: () => this.pending(),
      onAnswer: (answer) => this.heard(answer),
      onTrouble: (kind, problem) => {
        if (kind === "elsewhere" || kind === "lost") this.fallBack();
        this.view.trouble(kind, problem);
      },
    });
    this.committer.watched = opened.watched;
    this.view.course(opened);
    this.heard(opened);
    await this.show(opened);
    if (this.link.earlier && opened.mode === "normal") this.view.earlier(this.link.earlier);
    if (this.wish) await this.navigate(this.wish);
  }

  /** Every acknowledgment says what may be asked next and how far the learner has come. @param {Progress} answer */
  heard(answer) {
    /** @type {Progress["valid"]} */
    this.valid = answer.valid;
    this.view.progress(answer);
    if (answer.relay) {
      this.place = answer.relay.location ?? this.place;
      this.relay = { ...answer.relay, location: this.place };
      this.tell();
      if (this.committer.queue.length) this.pending(); // what the course has said since is newer
    }
    for (const [element, error] of answer.rejected ?? []) console.warn(`The host refused ${element}: error ${error}`);
  }

  /** The stub hears what the LMS is told. A lesson that speaks to the record store itself reports its time, if at all, when it is over: until then the clock's. */
  tell() {
    if (!this.relay) return;
    const spent = this.watch.session ? this.earlier + Math.round((performance.now() - this.watchedSince) / 10) : 0;
    this.link.state({ ...this.relay, session_centiseconds: Math.max(this.relay.session_centiseconds, spent), running: this.timed() });
  }

  /** What follows from navigation. @param {Step} answer */
  async show(answer) {
    if (answer.delivery || answer.ended || answer.menu) this.watch.end();
    if (answer.delivery) this.earlier = answer.relay.session_centiseconds;
    if (answer.refusal) this.view.notice(answer.refusal);
    if (answer.delivery) await this.deliver(answer.delivery);
    else if (answer.ended) this.ended();
    else if (answer.menu) this.view.menu();
  }

  /** @param {Delivery | LessonDelivery} delivery */
  async deliver(delivery) {
    this.watch.end();
    if (delivery.session) return this.deliverSpeaking(delivery);
    this.leaving = false;
    this.committer.activity = delivery.activity;
    this.committer.table = undefined;
    this.session = null;
    const apis = /** @type {Record<string, ScormApi>} */ ({});
    // A course whose manifest speaks of both standards finds the API it was written for; the one that it opens is its session's.
    if (delivery.other_table) apis[APIS[delivery.other_table]] = await this.offer(delivery, delivery.other_table, delivery.other_seed);
    apis[APIS[delivery.table]] = await this.offer(delivery, delivery.table, delivery.seed);
    Object.assign(window, { API: undefined, API_1484_11: undefined, ...apis });
    this.tell(); // its time begins
    this.view.show(delivery);
  }

  /**
   * One standard's API for the activity. @param {Delivery} delivery @param {string} name of the standard's table
   * @param {Record<string, string>} given what the LMS says
   */
  async offer(delivery, name, given) {
    const table = await this.table(name);
    const seed = this.link.name ? { ...given, [NAMES[name]]: this.link.name } : given;
    const model = new DataModel(table, { data: delivery.data, seed, strict: this.course.strict });
    const session = { model, judging: delivery.judging, terminated: false, begun: performance.now() };
    this.session = session;
    const speaks = () => {
      if (delivery.other_table) this.committer.table = name;
    };
    return new ScormApi(table, model, {
      onCall: ({ method, args, result, error, at }) => this.committer.call([at - this.started, method, args, result, error]),
      onSet: (element, value) => {
        speaks();
        this.committer.set(element, value);
      },
      onCommit: () => {
        void this.committer.flush();
        return true;
      },
      onInitialize: () => {
        this.session = session;
        this.view.loaded();
        this.page.listen(); // the learner may leave before the page has loaded
        speaks();
      },
      onTerminate: () => {
        speaks();
        session.terminated = true;
        void this.terminated(model);
      },
      requestValid: (request) => this.requestValid(request),
    });
  }

  /** A lesson that speaks to the record store itself. @param {LessonDelivery} delivery */
  deliverSpeaking(delivery) {
    this.leaving = false;
    this.session = null;
    this.committer.activity = delivery.activity;
    this.committer.table = undefined;
    Object.assign(window, { API: undefined, API_1484_11: undefined });
    this.watch.begin(delivery.session);
    this.watchedSince = performance.now();
    this.tell();
    if (delivery.window) this.view.offer(delivery, () => this.watch.open(delivery.url));
    else this.view.show(delivery);
  }

  /** The lesson is over: back to the table of contents, or to the end where there was nothing else. */
  async returned() {
    await this.navigate({ kind: this.course.activities > 1 ? "exit" : "exit_all" });
  }

  /**
   * The activity ended its session; what follows counts unless the learner has already asked for something. @param {DataModel} model
   */
  async terminated(model) {
    const going = this.leaving || this.page.ended;
    const wish = whatFollows(model, this.course.activities === 1);
    const answer = await this.committer.flush({ terminated: true });
    if (wish && answer && !going && !this.leaving) await this.navigate(wish);
  }

  /** What the LMS will be told of the open session, if the host takes what the course has said; null where there is nothing to say. @returns {Standing | null} */
  standing() {
    if (!this.session || this.course.mode !== "normal") return null;
    const { model, judging, terminated, begun } = this.session;
    const { data } = model;
    const outcome = judging ? courseOutcome(model, judging, terminated) : /** @type {Relay} */ (this.relay); // every answer to `open` has one
    const spent = reportedTime(data) || Math.round((performance.now() - begun) / 10);
    return { ...outcome, session_centiseconds: this.earlier + spent, location: placeOf(data) ?? this.place, running: this.timed() };
  }

  /** Whether the session's time goes on by the clock. */
  timed() {
    if (this.watch.session) return true;
    return Boolean(this.session && !this.session.terminated && !reportedTime(this.session.model.data));
  }

  pending() {
    const state = this.standing();
    if (state) this.link.pending(state);
  }

  /** The host takes no more of this window: what the course has said beyond the last acknowledgment is not for the LMS. */
  fallBack() {
    this.watch.end();
    if (this.relay) this.link.state({ ...this.relay, running: false });
  }

  /** The page goes, and the course has said what it had to say. */
  lastWords() {
    const state = this.committer && !this.committer.stopped && this.standing();
    this.committer?.carry();
    if (state) this.link.leaving({ ...state, running: false }); // should the page live on, nobody learns before the course is given back
  }

  /** Leave the activity, tell the host what the learner wants, show what it answers. @param {NavigationEvent} event */
  async navigate(event) {
    if (!this.committer) {
      this.wish = event;
      return;
    }
    if (this.committer.stopped && event.kind === "suspend_all") return this.depart();
    if (this.leaving || this.committer.stopped) return;
    this.leaving = true;
    this.view.lessonLoading();
    await this.view.unload(UNLOAD_PATIENCE);
    if (this.watch.session) await this.watch.settled(LAST_STATEMENT_PATIENCE);
    const answer = await this.committer.flush({ event });
    this.leaving = false;
    if (!answer?.delivery) this.view.loaded();
    if (answer) await this.show(answer);
  }

  ended() {
    this.committer.stopped = true;
    this.session = null;
    this.page.ended = true;
    this.view.ended(this.linked);
    this.depart();
  }

  /** Out of the course: the stub knows where to, if there is one. */
  depart() {
    if (this.linked) this.link.exit();
    else leave(this.exit);
  }

  /** @param {string} request @returns {"true" | "false" | "unknown"} */
  requestValid(request) {
    const [, target, kind] = /^\{target=(.+)\}(choice|jump)$/.exec(request) ?? [];
    if (kind) return /** @type {"true" | "false"} */ (String(kind === "choice" && this.valid.choice.includes(target)));
    return request === "continue" || request === "previous" ? /** @type {"true" | "false"} */ (String(Boolean(this.valid[request]))) : "unknown";
  }

  /** @param {string} name @returns {Promise<Table>} */
  async table(name) {
    if (!this.tables.has(name)) this.tables.set(name, new Table(await (await fetch(`${boot.tables}${name}.json`)).json()));
    return /** @type {Table} */ (this.tables.get(name));
  }
}

/** Where the organization wants leaving to lead, where no stub is around to go there. @param {string} exit */
function leave(exit) {
  if (/^https?:/.test(exit)) location.assign(exit);
  else if (exit === "blank") document.body.replaceChildren();
  else if (exit === "close") window.close();
}

/**
 * What follows when a session has ended: what content asked for or, by its exit, that the learner leaves (SCORM 2004 4th Ed. RTE 4.2.8, SCORM 1.2 RTE
 * 3.4.4). In a course of one activity there is nowhere else to go. @param {DataModel} model @param {boolean} alone
 */
function whatFollows({ data, table }, alone) {
  const exit = data["cmi.exit"] ?? data["cmi.core.exit"];
  const asked = navigationRequest(data["adl.nav.request"]);
  if (alone) return asked?.kind.endsWith("_all") ? asked : { kind: exit === "suspend" ? "suspend_all" : "exit_all" };
  const leaving = /** @type {Record<string, Record<string, string>>} */ (EXITS)[table.standard][exit ?? ""];
  return leaving ? { kind: leaving } : asked;
}

/** What content asked for with adl.nav.request (SCORM 2004 SN, 5.6.4), as an event. @param {string | undefined} request */
function navigationRequest(request) {
  const targeted = /^\{target=(.+)\}(choice|jump)$/.exec(request ?? "");
  if (targeted) return { kind: "choice", target: targeted[1] };
  const kind = /** @type {Record<string, string>} */ (REQUESTS)[request ?? ""];
  return kind ? { kind } : null;
}

void new Player().start();
