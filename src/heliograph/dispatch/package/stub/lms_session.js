/**
 * The LMS's session: what the host acknowledges is written into the LMS as it changes, each value is read back for a receipt, and the session is closed
 * with all that was heard.
 */

import { hiding } from "./hiding.js";
import { resumeToken } from "./identity.js";
import { STATUS, SUSPEND_DATA, ending, request, takesBack, writes } from "./mapping.js";
import { PlayerFrame, leadTo } from "./player_frame.js";
import { Receipts } from "./receipts.js";

/** @import { Relay, Standing } from "types/player" */
/** @typedef {import("./launch.js").Config & { standard: "scorm12" | "scorm2004" }} Config */

const LONGEST_SILENCE = 4 * 3600 * 100; // centiseconds: a forgotten window is not four hours of learning
/** What is written of a course of which nothing was heard: its time. @type {Relay} */
const NOTHING_KNOWN = {
  completion: "incomplete", success: "unknown", score_scaled: null, score_raw: null, score_min: null, score_max: null, progress: null, location: null,
  session_centiseconds: 0,
};

/** The session with the LMS while the course is open: what the host acknowledges is written into the LMS as it changes, and read back for a receipt. */
export class LmsSession {
  /**
   * @param {{ lms: import("./lms.js").Lms, launch: import("./launch.js").Launch, config: Config, pageLoadId: string, learner: string }} given `learner`: the id
   *   as the host was told; empty where the LMS hides it, and then the browser remembers nobody
   */
  constructor({ lms, launch, config, pageLoadId, learner }) {
    this.lms = lms;
    this.launch = launch;
    this.config = config;
    this.learner = learner;
    this.receipts = new Receipts(`${this.config.host}/d/${this.config.dispatch}/receipts`, launch.receipts, this.config.dispatch, pageLoadId);
    this.playerFrame = new PlayerFrame(this.config.dispatch, launch, {
      state: (state) => this.acknowledged(state),
      pending: (state) => this.pending(state),
      leaving: (state) => this.stateOnLeaving(state),
      again: () => this.playerReloaded(),
      exit: () => this.end(),
    });
    /** @type {Map<string, string>} */
    this.written = new Map();
    /** @type {Standing | null} the last that was heard, and when; its time goes on where it is `running` */
    this.latest = null;
    this.latestAt = performance.now();
    this.failure = ""; // why the LMS did not save what it was told last
    this.before = 0; // centiseconds that were spent before the player was loaded anew
  }

  show() {
    if (this.launch.reporting) {
      this.write([ending(this.config.standard, true)]);
      this.writeResumeToken();
      // What the host knows and this LMS does not have yet, from a session that ended too suddenly.
      // Time begins when the course is open: a learner may not have opened its window yet.
      if (this.launch.relay) this.acknowledged({ ...this.launch.relay, running: false });
    }
    // An LMS may say so too, before the player was asked; the browser's own word comes after the course's last ones.
    for (const moment of ["pagehide", "unload"]) window.addEventListener(moment, (event) => event.isTrusted && this.leave(true));
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.save());
    window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from the cache: the session is closed
    this.playerFrame.show();
  }

  /** @param {Standing} state */
  receiveState(state) {
    this.latest = state;
    this.latestAt = performance.now();
  }

  /** The course has said this, and the host may have it or not. @param {Standing} state */
  pending(state) {
    this.receiveState(state);
    if (hiding()) this.save(); // said after this page was hidden, too
  }

  /** The player was loaded anew, as after a leaving that somebody canceled: its launch counts from zero, and what was spent before is added to it. */
  playerReloaded() {
    if (!this.latest) return;
    this.before = this.timeSpent(this.latest);
    this.receiveState({ ...this.latest, session_centiseconds: 0, running: false });
  }

  /** The host has this: the LMS shall have it, too. Time alone is no news worth a commit of its own. @param {Standing} state */
  acknowledged(state) {
    this.receiveState(state);
    const writes = this.changes(state);
    if (writes.some((write) => write.readable)) this.write(writes);
  }

  /** The page goes, and the LMS may say goodbye before us: written now, while it still listens. The host has these words too, or will have them.
   * @param {Standing} state */
  stateOnLeaving(state) {
    this.receiveState(state);
    this.write(this.changes(state));
  }

  /** Nobody sees the page any more, and a phone may drop it without another word: its time is saved, too, and the session goes on. */
  save() {
    if (this.launch.reporting) this.write(this.changes(this.latestState()));
  }

  /** The last that was heard; the time alone where there was nothing. */
  latestState() {
    return this.latest ?? { ...NOTHING_KNOWN, running: false };
  }

  /** What the LMS does not have of this state. @param {Standing} state @returns {import("./mapping.js").Write[]} */
  changes(state) {
    if (!this.lms.open) return []; // it answers no questions any more
    const status = this.lms.get(STATUS[this.config.standard]);
    const time = this.timeSpent(state) + (this.launch.owed_centiseconds ?? 0);
    return writes(this.config.standard, { ...state, session_centiseconds: time }).filter(
      ({ element, value }) => this.written.get(element) !== value && !(element === STATUS[this.config.standard] && takesBack(status, value)),
    );
  }

  /** The centiseconds of this session: the course's own, or the clock's, which goes on where nothing more was heard. @param {Standing} state */
  timeSpent(state) {
    const since = state.running ? Math.round((performance.now() - this.latestAt) / 10) : 0;
    return this.before + (state.session_centiseconds || 0) + Math.min(LONGEST_SILENCE, since);
  }

  /** Write, save, and ask what was kept: before it saved, an LMS answers from its memory. @param {import("./mapping.js").Write[]} writes */
  write(writes) {
    if (!this.lms.open || !writes.length) return;
    const answers = this.set(writes);
    const saved = this.lms.commit();
    this.failure = saved ? "" : `commit ${this.lms.error()}`.trim();
    this.receive(answers.map((answered) => this.readBack(answered)), this.failure);
  }

  /** @param {import("./mapping.js").Write[]} writes */
  set(writes) {
    return writes.map((write) => ({ write, answer: this.lms.set(write.element, write.value) }));
  }

  /** @param {{ write: import("./mapping.js").Write, answer: import("./lms.js").Answer }} answered */
  readBack({ write, answer }) {
    const kept = write.readable ? this.lms.get(write.element) : "";
    const code = write.readable && kept === "" && write.value !== "" ? this.lms.error() : "0";
    return { write, answer, kept, unread: isCode(code) ? `read ${code}` : "0" };
  }

  /** What became of what was set. @param {ReturnType<LmsSession["readBack"]>[]} answers @param {string} failure why it was not saved; empty where it was */
  receive(answers, failure) {
    for (const { write, answer, kept, unread } of answers) {
      const accepted = answer.accepted && !failure;
      if (accepted) this.written.set(write.element, write.value);
      const error = answer.accepted ? failure || unread : answer.error;
      this.receipts.add({ element: write.element, written: write.value, kept, accepted, error });
    }
  }

  /** What the LMS keeps for us: who comes back with it is who was here before. Whose id was not told to the host is known by it alone. */
  writeResumeToken() {
    if (!this.launch.keepsake) return; // somebody else holds the one that is out there
    if (this.learner) resumeToken(this.config.dispatch, this.learner, this.launch.keepsake);
    const value = `heliograph:1:${this.launch.keepsake}`;
    if (this.lms.get(SUSPEND_DATA) !== value) this.write([{ element: SUSPEND_DATA, value, readable: true }]);
  }

  end() {
    this.leave(false);
    leadTo(this.launch.exit);
  }

  /**
   * Close the session with the LMS, with all that was heard; safe to call twice. A preview of the course leaves the LMS as it was.
   * @param {boolean} going the page goes: all is said in one message, since two of them may overtake each other, and the LMS would take the session for open
   */
  leave(going) {
    if (!this.launch.reporting || !this.lms.open) return;
    const state = this.latestState();
    const unfinished = this.launch.remembered || state.completion !== "completed"; // what the LMS keeps for us goes with the attempt
    const changes = this.changes(state);
    const first = !going && changes.some((write) => write.readable) ? changes : []; // else finishing saves
    this.write(first);
    // Where the dispatch says where leaving leads, the LMS is not asked to lead elsewhere.
    const asked = this.launch.exit ? [] : request(this.config.standard, unfinished);
    const last = [...changes.filter((write) => !first.includes(write) || !write.readable), ending(this.config.standard, unfinished), ...asked];
    const said = this.set(last.filter(({ element, value }) => this.written.get(element) !== value));
    const answers = said.map((answered) => this.readBack(answered)); // when it has ended, it answers no questions
    // Who could not save before is not believed to have done it with a word that nobody can ask about.
    const failure = this.lms.finish() ? this.failure : this.lms.error() || "finish";
    this.receive(answers.filter(({ write }) => !isRequest(write)), failure);
    void this.receipts.send(true);
  }
}

/** What an LMS is asked to do and may not know: nothing that it keeps. @param {import("./mapping.js").Write} write */
function isRequest({ element }) {
  return element.startsWith("adl.");
}

/** Whether this is an error's code, and not that there was none. @param {string} code */
function isCode(code) {
  return code !== "" && code !== "0";
}
