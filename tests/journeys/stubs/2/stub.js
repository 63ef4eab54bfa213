/**
 * The stub: the script inside a package. It finds the customer's LMS, asks the host to launch its learner, shows the player, and writes what the host
 * acknowledges into the LMS as it changes, reading each value back for a receipt. It decides nothing about the learner: what it cannot do, it says.
 * docs/protocols/stub.md describes the messages.
 */

import { askToLaunch } from "./hosting.js";
import { identity } from "./identity.js";
import { Lms } from "./lms.js";
import { STATUS, SUSPEND_DATA, questions, suspend, takesBack, writes } from "./mapping.js";
import { say } from "./note.js";
import { Receipts } from "./receipts.js";
import { newId } from "./sitting.js";
import { Stage, leadTo } from "./stage.js";
import { config as given } from "./words.js";

const KEEPSAKE = /^heliograph:1:([\w-]+)$/;

const config = /** @type {import("./hosting.js").Config & { standard: "scorm12" | "scorm2004" }} */ (given);

const sitting = newId();

const lms = Lms.find(config.standard);
if (!lms) {
  say("lms_missing");
} else if (!lms.start()) {
  say("lms_refused", { code: lms.error() });
} else {
  void askToLaunch(config, () => described(lms), (launch) => new Sitting(lms, launch).show());
}

/** What the LMS says of its learner. @param {Lms} lms */
async function described(lms) {
  const ask = questions(config.standard);
  const kept = KEEPSAKE.exec(lms.get(SUSPEND_DATA));
  return {
    ...(await identity(config, lms.get(ask.learner), lms.get(ask.name))),
    sitting,
    folder: location.pathname.replace(/[^/]*$/, ""),
    keepsake: kept?.[1] ?? "",
    mode: lms.get(ask.mode) || "normal",
    credit: lms.get(ask.credit),
    entry: lms.get(ask.entry),
    stub: config.stub,
    standard: config.format,
  };
}

/** One loading of the stub, with the course open. */
class Sitting {
  /** @param {Lms} lms @param {import("./hosting.js").Launch} launch */
  constructor(lms, launch) {
    this.lms = lms;
    this.launch = launch;
    this.receipts = new Receipts(`${config.host}/d/${config.dispatch}/receipts`, launch.receipts, config.dispatch, sitting);
    this.stage = new Stage(config.dispatch, launch, { state: (state) => this.mirror(state), exit: () => this.end() });
    /** @type {Map<string, string>} */
    this.written = new Map();
  }

  show() {
    if (this.launch.reporting) {
      this.write([suspend(config.standard)]);
      this.leaveKeepsake();
      // What the host knows and this LMS does not have yet, from a sitting that ended too suddenly.
      if (this.launch.relay) this.mirror(this.launch.relay);
    }
    for (const moment of ["pagehide", "unload"]) window.addEventListener(moment, () => this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from the cache: the session is closed
    this.stage.show();
  }

  /** Write what has changed. @param {any} state */
  mirror(state) {
    const time = state.session_centiseconds || 0;
    const status = this.lms.get(STATUS[config.standard]);
    const wanted = writes(config.standard, { ...state, session_centiseconds: time }).filter(
      ({ element, value }) => this.written.get(element) !== value && !(element === STATUS[config.standard] && takesBack(status, value)),
    );
    // Time alone is no news worth a commit of its own.
    if (wanted.some((write) => write.readable)) this.write(wanted);
    this.pendingTime = wanted.filter((write) => !write.readable && this.written.get(write.element) !== write.value);
  }

  /** @param {import("./mapping.js").Write[]} wanted */
  write(wanted) {
    if (!this.lms.open || !wanted.length) return;
    const answers = wanted.map((write) => ({ write, answer: this.lms.set(write.element, write.value, write.readable) }));
    const saved = this.lms.commit();
    for (const { write, answer } of answers) {
      if (answer.accepted && saved) this.written.set(write.element, write.value);
      this.receipts.add({
        element: write.element,
        written: write.value,
        kept: answer.kept,
        accepted: answer.accepted && saved,
        error: answer.accepted && !saved ? `commit ${this.lms.error()}`.trim() : answer.error,
      });
    }
  }

  /** Whose id was not told to the host is known again by what the LMS keeps for us. */
  leaveKeepsake() {
    const value = `heliograph:1:${this.launch.keepsake}`;
    if (this.launch.remembered) this.write([{ element: SUSPEND_DATA, value, readable: true }]);
  }

  end() {
    this.leave();
    leadTo(this.launch.exit);
  }

  /** Close the session with the LMS; safe to call twice. */
  leave() {
    if (this.launch.reporting && this.pendingTime?.length) this.write(this.pendingTime);
    this.pendingTime = [];
    void this.receipts.send(true);
    this.lms.finish();
  }
}
