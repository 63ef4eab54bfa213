/**
 * What a SCO's elements mean, in the words of the callback: the same reading as the host's own (docs/protocols/embedded.md shows the table).
 * Pure functions.
 */

import { centiseconds } from "./times.js";

/**
 * @typedef {"scorm12" | "scorm2004"} Standard
 * @typedef {Map<string, string>} Elements by name, as the LMS holds them
 * @typedef {{ completion: string, success: string, score_scaled: number | null, score_raw: number | null, score_min: number | null,
 *   score_max: number | null, progress: number | null, centiseconds: number, measured: boolean, elements: Record<string, string>, sco?: string }} State
 */

const LONGEST_SESSION = 4 * 3600 * 100; // centiseconds: a forgotten window is not four hours of learning
const LARGEST_ELEMENTS = 200_000;

/** What stands in the LMS before the course says anything. @type {Record<Standard, string[]>} */
export const KNOWN_BEFORE = {
  scorm12: ["cmi.core.score.raw", "cmi.core.score.min", "cmi.core.score.max", "cmi.core.lesson_status"],
  scorm2004: [
    "cmi.score.scaled", "cmi.score.raw", "cmi.score.min", "cmi.score.max", "cmi.progress_measure", "cmi.success_status", "cmi.completion_status",
  ],
};

/** What an LMS may decide by itself, so it is asked after every commit. @type {Record<Standard, string[]>} */
export const DECIDED_BY_LMS = {
  scorm12: ["cmi.core.lesson_status"],
  scorm2004: ["cmi.success_status", "cmi.completion_status"],
};

/** The elements that hold a result, of both standards. */
export const RESULT = new Set([
  "cmi.core.lesson_status", "cmi.core.score.raw", "cmi.completion_status", "cmi.success_status", "cmi.score.scaled",
]);

/** @param {Standard} standard @param {Elements} elements @param {number} measured milliseconds since the session began @returns {State} */
export function stateOf(standard, elements, measured) {
  const prefix = standard === "scorm12" ? "cmi.core" : "cmi";
  const [completion, success] = standard === "scorm12" ? lesson(elements) : pair(elements);
  const [raw, min, max] = ["raw", "min", "max"].map((part) => number(elements.get(`${prefix}.score.${part}`)));
  const said = centiseconds(elements.get(`${prefix}.session_time`) ?? "");
  return {
    completion,
    success,
    score_scaled: standard === "scorm12" ? scaled(raw, min, max) : number(elements.get("cmi.score.scaled")),
    score_raw: raw,
    score_min: min,
    score_max: max,
    progress: standard === "scorm12" ? null : number(elements.get("cmi.progress_measure")),
    centiseconds: said ?? Math.min(LONGEST_SESSION, Math.max(0, Math.round(measured / 10))),
    measured: said === null,
    elements: bounded(elements),
  };
}

/**
 * SCORM 1.2 lets the LMS judge when a session ends: a SCO that never set a status is completed, and a mastery score decides whether it was passed.
 * @param {Elements} elements @param {{ mastery: number | null, credit: boolean }} rules
 */
export function judgedAtTheEnd(elements, rules) {
  const judged = new Map(elements);
  const status = elements.get("cmi.core.lesson_status") ?? "";
  const raw = number(elements.get("cmi.core.score.raw"));
  const silent = status === "" || status === "not attempted";
  if (silent && elements.get("cmi.core.exit") !== "suspend") judged.set("cmi.core.lesson_status", "completed");
  const finished = ["completed", "passed", "failed"].includes(judged.get("cmi.core.lesson_status") ?? "");
  if (rules.credit && rules.mastery !== null && raw !== null && (raw >= rules.mastery || finished)) {
    judged.set("cmi.core.lesson_status", raw >= rules.mastery ? "passed" : "failed");
  }
  return judged;
}

/** @param {Elements} elements @returns {[string, string]} */
function lesson(elements) {
  const status = elements.get("cmi.core.lesson_status") ?? "";
  if (status === "passed" || status === "failed") return ["completed", status];
  return [status === "completed" ? "completed" : "incomplete", "unknown"];
}

/** @param {Elements} elements @returns {[string, string]} */
function pair(elements) {
  const success = elements.get("cmi.success_status") ?? "";
  return [
    elements.get("cmi.completion_status") === "completed" ? "completed" : "incomplete",
    success === "passed" || success === "failed" ? success : "unknown",
  ];
}

/** A SCORM 1.2 score as a share. @param {number | null} raw @param {number | null} min @param {number | null} max */
function scaled(raw, min, max) {
  if (raw === null) return null;
  const [low, high] = [min ?? 0, max ?? 100];
  return high > low ? Math.min(1, Math.max(0, (raw - low) / (high - low))) : null;
}

/** @param {string | undefined} text */
export function number(text) {
  const value = Number(text);
  return text === undefined || text.trim() === "" || !Number.isFinite(value) ? null : value;
}

/** What is too large to be sent stays where it is kept anyway: in the LMS. @param {Elements} elements @returns {Record<string, string>} */
function bounded(elements) {
  const all = Object.fromEntries(elements);
  return JSON.stringify(all).length > LARGEST_ELEMENTS ? {} : all;
}
