/**
 * What `lesson.js` asks of an LMS, answered with statements: for courses of cmi5 and xAPI. It offers the API of SCORM 2004 to the page and tells the record
 * store it was launched with what the lesson has reached, in order.
 */

{
  const launch = new URLSearchParams(location.search);
  const isCmi5 = launch.has("fetch");
  const started = Date.now();
  const endpoint = launch.get("endpoint") ?? "";
  const activity = launch.get(isCmi5 ? "activityId" : "activity_id") ?? "";
  const ADL = "http://adlnet.gov/expapi/verbs/";
  const CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/";
  let authorization = launch.get("auth") ?? "";
  /** @type {Record<string, string>} */
  const values = {};
  /** @type {Set<string>} */
  const said = new Set();
  /** @type {{ contextTemplate?: Record<string, any>, masteryScore?: number, returnURL?: string }} */
  let given = {};
  let queue = Promise.resolve();

  /** @param {string} path @param {RequestInit} [request] */
  const ask = (path, request = {}) =>
    fetch(endpoint + path, {
      ...request,
      headers: { Authorization: authorization, "X-Experience-API-Version": "1.0.3", ...(request.body ? { "Content-Type": "application/json" } : {}) },
    });

  /** @param {string} name */
  const of = (name) => encodeURIComponent(launch.get(name) ?? "");

  /** cmi5, sections 8.2, 10 and 11: the token, what the LMS says of the launch, and how the learner likes to have it. */
  async function prepare() {
    if (!isCmi5) return;
    const token = await (await fetch(launch.get("fetch") ?? "", { method: "POST" })).json();
    authorization = `Basic ${token["auth-token"]}`;
    const state = `activityId=${of("activityId")}&agent=${of("actor")}&registration=${of("registration")}&stateId=LMS.LaunchData`;
    given = await (await ask(`activities/state?${state}`)).json();
    await ask(`agents/profile?agent=${of("actor")}&profileId=cmi5LearnerPreferences`);
  }

  /** @param {string} verb @param {Record<string, unknown>} [result] */
  function tell(verb, result) {
    if (said.has(verb)) return;
    said.add(verb);
    queue = queue.then(() => send(verb, result)).catch(() => undefined);
  }

  /** @param {string} verb @param {Record<string, unknown>} [result] */
  async function send(verb, result) {
    await ask("statements", { method: "POST", body: JSON.stringify(statement(verb, result)), keepalive: true });
  }

  /** @param {string} verb @param {Record<string, unknown>} [result] */
  function statement(verb, result) {
    const template = given.contextTemplate ?? {};
    const counts = ["completed", "passed", "failed"].includes(verb);
    const category = isCmi5 ? [{ id: `${CATEGORY}cmi5` }, ...(counts ? [{ id: `${CATEGORY}moveon` }] : [])] : [];
    const mastery = result?.score && given.masteryScore !== undefined
      ? { "https://w3id.org/xapi/cmi5/context/extensions/masteryscore": given.masteryScore }
      : {};
    return {
      id: crypto.randomUUID(),
      timestamp: new Date().toISOString(),
      actor: JSON.parse(launch.get("actor") ?? "{}"),
      verb: { id: ADL + verb, display: { "en-US": verb } },
      object: { id: activity },
      ...(result ? { result } : {}),
      context: {
        ...template,
        registration: launch.get("registration"),
        contextActivities: { ...template.contextActivities, ...(category.length ? { category } : {}) },
        extensions: { ...template.extensions, ...mastery },
      },
    };
  }

  const duration = () => `PT${Math.round((Date.now() - started) / 1000)}S`;

  function tellOutcome() {
    if (values["cmi.completion_status"] === "completed") tell("completed", { completion: true, duration: duration() });
    const success = values["cmi.success_status"];
    if (success !== "passed" && success !== "failed") return;
    if (said.has("passed") || said.has("failed")) return;
    const [scaled, raw] = [Number(values["cmi.score.scaled"]), Number(values["cmi.score.raw"])];
    tell(success, { success: success === "passed", score: { scaled, raw, min: 0, max: 100 }, duration: duration() });
  }

  /** What every call of the API answers. @param {() => unknown} action */
  function done(action) {
    action();
    return "true";
  }

  window.API_1484_11 = /** @type {any} */ ({
    Initialize: () => done(() => tell("initialized")),
    GetValue: (/** @type {string} */ element) => values[element] ?? "",
    SetValue: (/** @type {string} */ element, /** @type {string} */ value) => done(() => (values[element] = value)),
    Commit: () => done(tellOutcome),
    Terminate: () => done(() => tell("terminated", { duration: duration() })),
  });
  window.lessonReady = prepare();
}
