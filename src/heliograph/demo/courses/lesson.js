/**
 * A small course player for our sample courses: screens of text, a quiz at the end, and SCORM calls for either standard; `statements.js` makes statements of
 * them. A page brings `window.lesson = { standard, screens: [{ title, html }], quiz: [{ ask, answers, right }], pass }`.
 */

const { standard, screens, quiz = [], pass = 0.8 } = window.lesson;
const names = standard === "1.2"
  ? /** @type {const} */ ({ api: "API", start: "LMSInitialize", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit", end: "LMSFinish" })
  : /** @type {const} */ ({ api: "API_1484_11", start: "Initialize", get: "GetValue", set: "SetValue", commit: "Commit", end: "Terminate" });
const is12 = standard === "1.2";
const api = findApi(window) ?? (window.opener && findApi(window.opener));
const begun = Date.now();
const page = /** @type {HTMLElement} */ (document.querySelector("main"));
let at = 0;
let over = false;

/** @param {Window} from */
function findApi(from) {
  for (let here = from, steps = 0; steps < 20; here = here.parent, steps += 1) {
    if (here[names.api]) return here[names.api];
    if (here.parent === here) return null;
  }
  return null;
}
const get = (/** @type {string} */ element) => (api ? api[names.get](element) : "");
const set = (/** @type {string} */ element, /** @type {unknown} */ value) => api?.[names.set](element, String(value));
const el = (/** @type {string} */ in12, /** @type {string} */ in2004) => (is12 ? in12 : in2004);

function start() {
  api?.[names.start]("");
  const status = get(el("cmi.core.lesson_status", "cmi.completion_status"));
  if (["not attempted", "unknown", ""].includes(status)) set(el("cmi.core.lesson_status", "cmi.completion_status"), "incomplete");
  set(el("cmi.core.exit", "cmi.exit"), "suspend");
  at = Math.min(Number(get(el("cmi.core.lesson_location", "cmi.location"))) || 0, last());
  show();
}

function last() {
  return screens.length - (quiz.length ? 0 : 1);
}

function show() {
  set(el("cmi.core.lesson_location", "cmi.location"), at);
  if (!is12) set("cmi.progress_measure", Math.min(1, (at + 1) / (last() + 1)).toFixed(2));
  const inQuiz = at === screens.length;
  page.innerHTML = `<div class="step">Step ${at + 1} of ${last() + 1}</div><div class="bar"><i style="width:${(100 * (at + 1)) / (last() + 1)}%"></i></div>`;
  page.insertAdjacentHTML("beforeend", inQuiz ? questions() : `<h1>${screens[at].title}</h1>${screens[at].html}`);
  const nav = document.createElement("nav");
  if (at > 0) nav.append(button("Back", () => move(-1)));
  if (inQuiz) nav.append(button("Check my answers", grade, "main"));
  else if (at < last()) nav.append(button("Next", () => move(1), "main"));
  else nav.append(button("Finish", finishReading, "main"));
  page.append(nav);
  api?.[names.commit]("");
}

/** @param {number} by */
function move(by) {
  at += by;
  show();
}

function questions() {
  const sets = quiz.map(({ ask, answers }, number) =>
    `<fieldset><legend>${ask}</legend>${answers.map((text, choice) => `<label><input type="radio" name="q${number}" value="${choice}">${text}</label>`).join("")}</fieldset>`);
  return `<h1>Check what you know</h1>${sets.join("")}`;
}

function grade() {
  const given = quiz.map((_, number) => Number(/** @type {HTMLInputElement | null} */ (page.querySelector(`input[name=q${number}]:checked`))?.value ?? -1));
  const share = given.filter((choice, number) => choice === quiz[number].right).length / quiz.length;
  const passed = share >= pass;
  given.forEach((choice, number) => report(number, choice));
  set(el("cmi.core.score.min", "cmi.score.min"), 0);
  set(el("cmi.core.score.max", "cmi.score.max"), 100);
  set(el("cmi.core.score.raw", "cmi.score.raw"), Math.round(share * 100));
  if (is12) set("cmi.core.lesson_status", passed ? "passed" : "failed");
  else {
    set("cmi.score.scaled", share.toFixed(2));
    set("cmi.completion_status", "completed");
    set("cmi.success_status", passed ? "passed" : "failed");
  }
  api?.[names.commit]("");
  page.querySelector(".verdict")?.remove();
  page.insertAdjacentHTML("beforeend", `<p class="verdict ${passed ? "passed" : "failed"}" role="status">${Math.round(share * 100)} of 100. ${passed ? "You passed." : "Read again what was unclear and try once more."}</p>`);
}

/** @param {number} number @param {number} choice */
function report(number, choice) {
  const base = `cmi.interactions.${number}`;
  const right = choice === quiz[number].right;
  set(`${base}.id`, `question-${number + 1}`);
  set(`${base}.type`, "choice");
  set(`${base}.correct_responses.0.pattern`, String.fromCharCode(97 + quiz[number].right));
  if (!is12) set(`${base}.description`, quiz[number].ask);
  set(el(`${base}.student_response`, `${base}.learner_response`), choice < 0 ? "" : String.fromCharCode(97 + choice));
  set(`${base}.result`, right ? "correct" : el("wrong", "incorrect"));
}

function finishReading() {
  set(el("cmi.core.lesson_status", "cmi.completion_status"), "completed");
  api?.[names.commit]("");
  page.insertAdjacentHTML("beforeend", '<p class="verdict passed" role="status">Done. Go on with the next part, or leave the course.</p>');
}

/** @param {string} text @param {() => void} action */
function button(text, action, kind = "") {
  const made = document.createElement("button");
  made.textContent = text;
  made.className = kind;
  made.addEventListener("click", action);
  return made;
}

function end() {
  if (over || !api) return;
  over = true;
  const seconds = Math.round((Date.now() - begun) / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  set(el("cmi.core.session_time", "cmi.session_time"), is12 ? `00${hours}:${minutes}:${rest}` : `PT${+hours}H${+minutes}M${+rest}S`);
  api[names.end]("");
}

window.addEventListener("pagehide", end);
window.addEventListener("unload", end);
if (window.lessonReady) window.lessonReady.then(start);
else start();
