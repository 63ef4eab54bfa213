"use strict";
/**
 * The quirks that show while a course calls the API; quirks.py lists them all.
 *
 * Each gets the model, the standard and its number N, and may look at a set before (return another value, throw a
 * Refusal, or return SKIP to say "true" and keep nothing) and after.
 *
 * @typedef {ReferenceLms.Model} Model
 * @typedef {ReferenceLms.Standard} Standard
 */
(() => {
  const { Refusal } = window.ReferenceLms;
  const SKIP = Symbol("say true, keep nothing");

  /**
   * @typedef {{ before?: (name: string, value: string) => string | typeof SKIP, after?: () => void }} Quirk
   * @typedef {(model: Model, standard: Standard, n: number) => Quirk} QuirkOfLaunch
   */

  /** @type {(code: (standard: Standard) => number, why: string) => QuirkOfLaunch} */
  const refuseStatus = (code, why) => (model, standard) => ({
    before(name, value) {
      if (standard.statuses.includes(name)) throw new Refusal(code(standard), why);
      return value;
    },
  });

  /** @type {Record<string, QuirkOfLaunch>} */
  const QUIRKS = {
    truncate_suspend_data: (model, standard, n) => ({
      before: (name, value) => (name === standard.suspendData ? [...value].slice(0, n).join("") : value),
    }),
    reject_status: refuseStatus((standard) => standard.wrongValue, "This LMS takes no such status."),
    readonly_status: refuseStatus((standard) => standard.readOnly, "This LMS decides the status itself."),
    ignore_status: (model, standard) => ({
      before: (name, value) => (standard.statuses.includes(name) ? SKIP : value),
    }),
    mastery_override: (model, standard, n) => ({
      after: () => judge(model, standard, n),
    }),
  };

  /**
   * Decides passed or failed by the score, where there is one and the course has come to an end.
   * @type {(model: Model, standard: Standard, n: number) => void}
   */
  const judge = (model, standard, n) => {
    const points = standard.api === "API" ? raw12(model) : points2004(model);
    if (points === null) return;
    const verdict = points >= n ? "passed" : "failed";
    if (standard.api !== "API") model.values.set("cmi.success_status", verdict);
    else if (/^(completed|passed|failed)$/.test(model.get("cmi.core.lesson_status"))) model.values.set("cmi.core.lesson_status", verdict);
  };

  const raw12 = (/** @type {Model} */ model) => (model.get("cmi.core.score.raw") === "" ? null : Number(model.get("cmi.core.score.raw")));
  const points2004 = (/** @type {Model} */ model) => {
    const [scaled, raw] = [model.values.get("cmi.score.scaled"), model.values.get("cmi.score.raw")];
    if (scaled !== undefined) return Number(scaled) * 100;
    return raw === undefined ? null : Number(raw);
  };

  /** What the LMS makes of the model before it stores it. */
  window.ReferenceLms.beforeStoring = (model, standard, chosen) => {
    if ("mastery_at_commit" in chosen) judge(model, standard, chosen.mastery_at_commit);
  };

  /** The model, set through every quirk this launch has. */
  window.ReferenceLms.withQuirks = (model, standard, chosen) => {
    const quirks = Object.entries(chosen).filter(([name]) => QUIRKS[name]).map(([name, n]) => QUIRKS[name](model, standard, n));
    return (name, value) => {
      for (const quirk of quirks) {
        const kept = quirk.before ? quirk.before(name, value) : value;
        if (kept === SKIP) return;
        value = kept;
      }
      model.set(name, value);
      for (const quirk of quirks) quirk.after?.();
    };
  };
})();
