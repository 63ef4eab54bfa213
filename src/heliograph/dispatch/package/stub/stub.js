/**
 * The stub: the script inside a package. It finds the customer's LMS, asks the host to launch its learner, shows the player, and has what the host
 * acknowledges written into the LMS (`lms_session.js`). It decides nothing about the learner: what it cannot do, it says.
 * docs/protocols/stub.md describes the messages.
 */

import { askToLaunch } from "./launch.js";
import { identity, resumeToken } from "./identity.js";
import { Lms } from "./lms.js";
import { LmsSession } from "./lms_session.js";
import { SUSPEND_DATA, questions } from "./mapping.js";
import { say } from "./messages.js";
import { newId } from "./page_load.js";
import { config as given } from "./wording.js";

const KEEPSAKE = /^heliograph:1:([\w-]+)$/;

const config = /** @type {import("./launch.js").Config & { standard: "scorm12" | "scorm2004" }} */ (given);

const pageLoadId = newId();

/** The learner's id as the host was told; empty where the LMS hides it, and then the browser remembers nobody. */
let learner = "";

const lms = Lms.find(config.standard);
if (!lms) {
  say("lms_missing");
} else if (!lms.start()) {
  say("lms_refused", { code: lms.error() });
} else {
  void askToLaunch(config, () => described(lms), (launch) => new LmsSession({ lms, launch: named(lms, launch), config, pageLoadId, learner }).show());
}

/** A learner whom nobody confirmed is named to the course by the LMS, not by the host. @param {Lms} lms @param {import("./launch.js").Launch} launch */
function named(lms, launch) {
  const asGiven = !config.salt && !config.anonymous;
  return { ...launch, name: launch.unconfirmed && asGiven ? lms.get(questions(config.standard).name) : "" };
}

/** What the LMS says of its learner. @param {Lms} lms */
async function described(lms) {
  const ask = questions(config.standard);
  const kept = KEEPSAKE.exec(lms.get(SUSPEND_DATA))?.[1];
  const who = await identity(config, lms.get(ask.learner), lms.get(ask.name));
  learner = who.learner;
  return {
    ...who,
    sitting: pageLoadId,
    folder: location.pathname.replace(/[^/]*$/, ""),
    keepsake: kept ?? (learner && resumeToken(config.dispatch, learner)),
    mode: lms.get(ask.mode) || "normal",
    credit: lms.get(ask.credit),
    entry: lms.get(ask.entry),
    total_time: lms.get(ask.total),
    stub: config.stub,
    standard: config.format,
  };
}
