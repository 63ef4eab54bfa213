/**
 * What the LMS is told, from what the host knows: one table for each standard (docs/protocols/stub.md shows them for people).
 * Pure functions: from the host's state to the elements to write, in the order in which they are written.
 */

/**
 * @typedef {{ completion: string, success: string, score_scaled: number | null, score_raw: number | null, score_min: number | null,
 *   score_max: number | null, progress: number | null, session_centiseconds: number, location: string | null }} State
 * @typedef {{ element: string, value: string, readable: boolean }} Write
 */

import { interval, timespan } from "./times.js";

const LONGEST_LOCATION = { scorm12: 255, scorm2004: 1000 };
const FINISHED = ["passed", "failed", "completed"];

export const STATUS = { scorm12: "cmi.core.lesson_status", scorm2004: "cmi.completion_status" };
export const SUSPEND_DATA = "cmi.suspend_data";

/** The elements that say this state to an LMS of this standard. @param {"scorm12" | "scorm2004"} standard @param {State} state @returns {Write[]} */
export function writes(standard, state) {
  return standard === "scorm12" ? scorm12(state) : scorm2004(state);
}

/**
 * How the sitting ends. Unfinished is written first of all, so that a closed window is a pause and not an end.
 * @param {"scorm12" | "scorm2004"} standard @param {boolean} unfinished @returns {Write}
 */
export function ending(standard, unfinished) {
  if (standard === "scorm12") return hidden("cmi.core.exit", unfinished ? "suspend" : "");
  return hidden("cmi.exit", unfinished ? "suspend" : "normal");
}

/** What an LMS of SCORM 2004 shall do when the sitting has ended. @param {"scorm12" | "scorm2004"} standard @param {boolean} unfinished @returns {Write[]} */
export function request(standard, unfinished) {
  return standard === "scorm12" ? [] : [hidden("adl.nav.request", unfinished ? "suspendAll" : "exitAll")];
}

/** How to ask this LMS who is there. @param {"scorm12" | "scorm2004"} standard */
export function questions(standard) {
  return standard === "scorm12"
    ? { learner: "cmi.core.student_id", name: "cmi.core.student_name", mode: "cmi.core.lesson_mode", credit: "cmi.core.credit", entry: "cmi.core.entry", total: "cmi.core.total_time" }
    : { learner: "cmi.learner_id", name: "cmi.learner_name", mode: "cmi.mode", credit: "cmi.credit", entry: "cmi.entry", total: "cmi.total_time" };
}

/** A finished status is never taken back by an unfinished one. @param {string} there @param {string} next */
export function takesBack(there, next) {
  return FINISHED.includes(there) && !FINISHED.includes(next);
}

/** SCORM 1.2 has one status for two questions; success, where it is known, outranks completion. @param {State} state */
export function lessonStatus(state) {
  if (state.success === "passed" || state.success === "failed") return state.success;
  return state.completion === "completed" ? "completed" : "incomplete";
}

/** @param {State} state @returns {Write[]} */
function scorm12(state) {
  const raw = percent(state);
  return [
    ...(raw === null ? [] : [shown("cmi.core.score.min", "0"), shown("cmi.core.score.max", "100"), shown("cmi.core.score.raw", decimal(raw))]),
    ...location("scorm12", "cmi.core.lesson_location", state),
    shown(STATUS.scorm12, lessonStatus(state)),
    hidden("cmi.core.session_time", timespan(state.session_centiseconds)),
  ];
}

/** @param {State} state @returns {Write[]} */
function scorm2004(state) {
  const scores = [
    ["cmi.score.min", state.score_min],
    ["cmi.score.max", state.score_max],
    ["cmi.score.raw", state.score_raw],
    ["cmi.score.scaled", scaled(state)],
    ["cmi.progress_measure", state.progress],
  ];
  return [
    ...scores.flatMap(([element, value]) => (value === null ? [] : [shown(String(element), decimal(Number(value)))])),
    ...location("scorm2004", "cmi.location", state),
    shown(STATUS.scorm2004, state.completion === "completed" ? "completed" : "incomplete"),
    ...(state.success === "unknown" ? [] : [shown("cmi.success_status", state.success)]),
    hidden("cmi.session_time", interval(state.session_centiseconds)),
  ];
}

/** A SCORM 1.2 score is a share of 100. @param {State} state */
function percent(state) {
  const { score_raw: raw, score_min: min, score_max: max } = state;
  if (raw !== null && min !== null && max !== null && max > min && !(min === 0 && max === 100)) return clamp(((raw - min) / (max - min)) * 100, 0, 100);
  if (raw !== null && raw >= 0 && raw <= 100) return raw;
  return state.score_scaled === null ? null : clamp(state.score_scaled * 100, 0, 100);
}

/** SCORM 2004 reports are made from the scaled score, so it is worked out where only a raw one is known. @param {State} state */
export function scaled(state) {
  if (state.score_scaled !== null) return clamp(state.score_scaled, -1, 1);
  const { score_raw: raw, score_min: min, score_max: max } = state;
  if (raw === null) return null;
  const [low, high] = [min ?? 0, max ?? 100];
  return high > low ? clamp((raw - low) / (high - low), 0, 1) : null;
}

/** @param {"scorm12" | "scorm2004"} standard @param {string} element @param {State} state */
function location(standard, element, state) {
  return state.location === null || state.location.length > LONGEST_LOCATION[standard] ? [] : [shown(element, state.location)];
}

/** At most 7 digits after the point, no exponent, no trailing zeros. @param {number} value */
function decimal(value) {
  return String(Number(value.toFixed(7)));
}

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** @param {string} element @param {string} value @returns {Write} */
function shown(element, value) {
  return { element, value, readable: true };
}

/** @param {string} element @param {string} value @returns {Write} */
function hidden(element, value) {
  return { element, value, readable: false };
}
