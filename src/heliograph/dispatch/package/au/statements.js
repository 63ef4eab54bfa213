/**
 * What the LMS is told in statements of cmi5, from what the host knows (docs/protocols/stub.md shows it for people). Pure functions.
 */

import { scaled } from "./mapping.js";

const VERBS = "http://adlnet.gov/expapi/verbs/";
const CMI5 = { id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" };
const MOVE_ON = { id: "https://w3id.org/xapi/cmi5/context/categories/moveon" };
const MASTERY_SCORE = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore";

/**
 * @typedef {Record<string, any>} Given what the LMS wrote: objects of xAPI
 * @typedef {{ contextTemplate?: Given, launchMode?: string, masteryScore?: number, returnURL?: string }} LaunchData
 * @typedef {{ actor: Given, registration: string, activityId: string }} Subject whom and what a session is about
 * @typedef {"initialized" | "completed" | "passed" | "failed" | "terminated"} Word
 * @typedef {{ completed?: boolean, passed?: boolean, failed?: string }} StatementsSent what this registration's store took, in this session and before
 * @typedef {{ completion?: boolean, success?: boolean, score?: object }} Result
 * @typedef {{ word: "initialized", result: null } | { word: Exclude<Word, "initialized">, result: Result }} News
 * @typedef {ReturnType<typeof statement>} Statement
 */

/**
 * What the store is to be told and was not. Each session says a verb once, and one verdict; who failed may still pass while the course is open, so that is
 * said at the end.
 * @param {import("./mapping.js").State} state @param {StatementsSent} told @param {Set<string>} said in this session @param {LaunchData} data @param {boolean} leaving
 * @returns {News[]}
 */
export function news(state, told, said, data, leaving) {
  /** @type {News[]} */
  const news = [];
  if (state.completion === "completed" && !told.completed && !said.has("completed")) news.push({ word: "completed", result: { completion: true } });
  const word = verdict(state, data.masteryScore);
  if (word === null || told.passed || said.has("passed") || said.has("failed")) return news;
  const score = scoreOf(state);
  if (word === "failed" && (!leaving || told.failed === JSON.stringify(score))) return news;
  news.push({ word, result: { success: word === "passed", ...(score ? { score } : {}) } });
  return news;
}

/** What was taken is known from now on. @param {StatementsSent} told @param {News} news @returns {StatementsSent} */
export function known(told, { word, result }) {
  if (word === "failed") return { ...told, failed: JSON.stringify(result.score ?? null) };
  return word === "completed" || word === "passed" ? { ...told, [word]: true } : told;
}

/**
 * The course's verdict; where the LMS has a masteryScore and the course a score, that decides instead.
 * @param {import("./mapping.js").State} state @param {number} [mastery] @returns {"passed" | "failed" | null}
 */
export function verdict(state, mastery) {
  const judged = state.success === "passed" || state.success === "failed";
  const score = scoreOf(state);
  if (typeof mastery === "number" && score && (judged || state.completion === "completed")) return score.scaled >= mastery ? "passed" : "failed";
  return judged ? /** @type {"passed" | "failed"} */ (state.success) : null;
}

/** The score as cmi5 wants it: scaled from 0 to 1, and a raw one only in its bounds. @param {import("./mapping.js").State} state */
function scoreOf(state) {
  const share = scaled(state);
  if (share === null) return null;
  const { score_raw: raw, score_min: min, score_max: max } = state;
  const bounded = raw !== null && min !== null && max !== null && min < max && min <= raw && raw <= max;
  return { scaled: Math.max(0, share), ...(bounded ? { raw, min, max } : {}) };
}

/**
 * A statement of the session. @param {string} id @param {Subject} subject @param {LaunchData} data @param {News} news @param {number} milliseconds since it began
 */
export function statement(id, subject, data, { word, result }, milliseconds) {
  const template = data.contextTemplate ?? {};
  const activities = template.contextActivities ?? {};
  const own = word === "initialized" || word === "terminated" ? [CMI5] : [CMI5, MOVE_ON];
  const judged = (word === "passed" || word === "failed") && typeof data.masteryScore === "number";
  return {
    id,
    timestamp: new Date().toISOString(),
    actor: subject.actor,
    verb: { id: VERBS + word, display: { en: word } },
    object: { objectType: "Activity", id: subject.activityId },
    context: {
      ...template,
      registration: subject.registration,
      contextActivities: { ...activities, category: [...listed(activities.category), ...own] },
      extensions: { ...template.extensions, ...(judged ? { [MASTERY_SCORE]: data.masteryScore } : {}) },
    },
    ...(word === "initialized" ? {} : { result: { ...result, duration: duration(milliseconds) } }),
  };
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  return `PT${(Math.max(0, milliseconds) / 1000).toFixed(2)}S`;
}

/** One activity need not be in a list. @param {Given | Given[] | undefined} given */
function listed(given) {
  return Array.isArray(given) ? given : given ? [given] : [];
}
