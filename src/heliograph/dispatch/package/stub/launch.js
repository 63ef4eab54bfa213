/** Asking the host to launch a learner, until it does or says why not; and what it was asked with is asked anew each time. */

import { loading } from "./loading.js";
import { refuse, say } from "./messages.js";

const PATIENCE = 20000;

/** @typedef {{ host: string, dispatch: string, standard: string, format: string, stub: string, title: string, salt?: string, anonymous?: boolean }} Config */
/** @typedef {{ url: string, title: string, opens_in: string, exit: string, reporting: boolean, receipts: string, keepsake: string, remembered: boolean,
 *   relay: import("types/player").Relay | null, earlier?: string, owed_centiseconds?: number, unconfirmed?: boolean, name?: string }} Launch `earlier`: what was reached before the LMS began anew, and stands; `owed_centiseconds`: the
 *   time that the LMS was never told */

/**
 * Shows whatever keeps the learner out; where trying again may help, a button does.
 * @param {Config} config @param {() => Promise<object>} describe what the host is to know @param {(launch: Launch) => void} onward
 */
export async function askToLaunch(config, describe, onward) {
  const again = () => void askToLaunch(config, describe, onward);
  loading();
  const answer = await ask(config, await describe());
  if (answer === null) {
    say("host_unreachable", { code: "host_unreachable", onward: again });
  } else if (answer.moved && answer.moved !== config.host) {
    config.host = answer.moved;
    again();
  } else if (answer.code) {
    const passing = answer.status === 429 || answer.status >= 500 || answer.code === "no_seat_free";
    refuse(answer, passing ? again : undefined);
  } else {
    onward(answer);
  }
}

/** The host's answer, a problem document, or null where it cannot be reached. @param {Config} config @param {object} request */
async function ask(config, request) {
  try {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    const answer = await fetch(`${config.host}/d/${config.dispatch}/launch`, { method: "POST", body: JSON.stringify(request), signal: abort.signal });
    const document = await answer.json();
    clearTimeout(timer);
    return document;
  } catch {
    return null;
  }
}
