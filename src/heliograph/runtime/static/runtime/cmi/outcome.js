/**
 * What a SCO's data means, as runtime/cmi/outcome.py and sequencing/simple.py read it: for what the customer's LMS must hear while the page goes, when
 * the host's answer would come too late. Tests hold the two to the same answers.
 */

/**
 * @typedef {{ completion: string, success: string, score_scaled: number | null, score_raw: number | null, score_min: number | null,
 *   score_max: number | null, progress: number | null }} Outcome
 * @typedef {(string | number | null)[]} Values an outcome as a list, in the order of FIELDS
 * @typedef {{ before: Values, decides_completion: boolean, course: Record<string, Values[]> | null }} Judging from the host, with the delivery
 */

// The two notations of a length of time, and their units in seconds, as in runtime/cmi/time.py.
const TIMESPAN = /^(\d+):(\d+):(\d+(?:\.\d+)?)$/;
const INTERVAL = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const UNITS = { timespan: [3600, 60, 1], interval: [365 * 86_400, 30 * 86_400, 86_400, 3600, 60, 1] };
const FIELDS = /** @type {(keyof Outcome)[]} */ (["completion", "success", "score_scaled", "score_raw", "score_min", "score_max", "progress"]);
const LESSON = /** @type {Record<string, [string, string]>} */ ({
  passed: ["completed", "passed"],
  failed: ["completed", "failed"],
  completed: ["completed", "unknown"],
  incomplete: ["incomplete", "unknown"],
  browsed: ["incomplete", "unknown"],
});

/**
 * The course's outcome, if the host takes this model's data. @param {import("./model.js").DataModel} model @param {Judging} judging
 * @param {boolean} finished whether the session has ended @returns {Outcome}
 */
export function courseOutcome(model, judging, finished) {
  const activity = kept(named(judging.before), activityOutcome(model, judging.decides_completion, finished));
  if (!judging.course) return activity;
  const [without, low, high] = judging.course[`${activity.completion} ${activity.success}`].map(named);
  return {
    ...without,
    score_scaled: activity.score_scaled === null ? without.score_scaled : between(low.score_scaled, high.score_scaled, activity.score_scaled),
    progress: activity.progress === null ? without.progress : between(low.progress, high.progress, activity.progress),
  };
}

/** @param {import("./model.js").DataModel} model @param {boolean} decidesCompletion @param {boolean} finished @returns {Outcome} */
export function activityOutcome(model, decidesCompletion, finished) {
  const data = model.data;
  return model.table.standard === "scorm_12" ? outcome12(data, finished) : outcome2004(model, data, decidesCompletion, finished);
}

/** The time that content reported for its session, in centiseconds; 0 where it reported none. @param {Record<string, string>} data */
export function reportedTime(data) {
  return centiseconds(data["cmi.session_time"] ?? data["cmi.core.session_time"] ?? "");
}

/** @param {Record<string, string>} data */
export function placeOf(data) {
  return data["cmi.location"] ?? data["cmi.core.lesson_location"] ?? null;
}

/** @param {import("./model.js").DataModel} model @param {Record<string, string>} data @param {boolean} decidesCompletion @param {boolean} finished */
function outcome2004(model, data, decidesCompletion, finished) {
  const suspended = ["suspend", "logout"].includes(data["cmi.exit"] ?? "");
  const completion = model.getValue("cmi.completion_status").value || "unknown";
  return {
    completion: finished && completion === "unknown" && !suspended && !decidesCompletion ? "completed" : completion,
    success: model.getValue("cmi.success_status").value || "unknown",
    score_scaled: number(data["cmi.score.scaled"]),
    score_raw: number(data["cmi.score.raw"]),
    score_min: number(data["cmi.score.min"]),
    score_max: number(data["cmi.score.max"]),
    progress: number(data["cmi.progress_measure"]),
  };
}

/** @param {Record<string, string>} data @param {boolean} finished */
function outcome12(data, finished) {
  const [raw, least, most] = ["raw", "min", "max"].map((part) => number(data[`cmi.core.score.${part}`]));
  const [completion, success] = lesson(data, raw, finished);
  return { completion, success, score_scaled: share(raw, least, most), score_raw: raw, score_min: least, score_max: most, progress: null };
}

/** @param {Record<string, string>} data @param {number | null} raw @param {boolean} finished @returns {[string, string]} */
function lesson(data, raw, finished) {
  const status = data["cmi.core.lesson_status"] ?? "";
  let [completion, success] = LESSON[status] ?? ["not attempted", "unknown"];
  const done = finished && data["cmi.core.exit"] !== "suspend";
  if (!(status in LESSON) && finished) completion = done ? "completed" : "incomplete";
  const mastery = number(data["cmi.student_data.mastery_score"]);
  const counts = (data["cmi.core.credit"] ?? "credit") === "credit" && (data["cmi.core.lesson_mode"] ?? "normal") === "normal";
  if (mastery === null || raw === null || !counts) return [completion, success];
  const mastered = raw >= mastery;
  if (completion !== "completed" && !(status === "incomplete" && done && mastered)) return [completion, success];
  return ["completed", success !== "unknown" ? success : mastered ? "passed" : "failed"];
}

/** What was achieved stays. @param {Outcome} before @param {Outcome} after @returns {Outcome} */
function kept(before, after) {
  const merged = { ...after };
  for (const field of /** @type {Exclude<keyof Outcome, "completion" | "success">[]} */ (FIELDS.slice(2))) merged[field] = after[field] ?? before[field];
  if (before.completion === "completed") merged.completion = "completed";
  if (["not attempted", "unknown"].includes(merged.completion)) merged.completion = "incomplete";
  if (after.success === "unknown") merged.success = before.success;
  return merged;
}

/** @param {Values} values */
function named(values) {
  return /** @type {Outcome} */ (Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? null])));
}

/** @param {number | null} low @param {number | null} high @param {number} share */
function between(low, high, share) {
  return low === null || high === null ? low : Number((low + (high - low) * share).toFixed(7));
}

/** @param {number | null} raw @param {number | null} least @param {number | null} most */
function share(raw, least, most) {
  if (raw === null) return null;
  const [low, high] = [least || 0, most ?? 100];
  const scaled = high > low ? (raw - low) / (high - low) : null;
  return scaled !== null && scaled >= -1 && scaled <= 1 ? scaled : null;
}

/** @param {string} text @returns {number} 0 where it is no length of time */
function centiseconds(text) {
  const span = TIMESPAN.exec(text);
  const match = span ?? INTERVAL.exec(text);
  const units = span ? UNITS.timespan : UNITS.interval;
  const seconds = (match ?? []).slice(1).reduce((sum, part, index) => sum + Number(part ?? 0) * units[index], 0);
  return Math.round(seconds * 100);
}

/** @param {string | undefined} text */
function number(text) {
  const value = text ? Number(text) : NaN;
  return Number.isFinite(value) ? value : null;
}
