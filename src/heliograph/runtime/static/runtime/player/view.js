/**
 * What the learner sees of the player: a slim bar (on a phone one button above the course), the table of contents, the activity's frame, and a banner when
 * something needs saying.
 */

import { contactOf } from "./contact.js";
import { keepUnload } from "./leaving.js";
import { Loading } from "./loading.js";
import { ALLOWED } from "./permissions.js";
import { whenShown } from "./shown.js";

/** @import { Boot, ContentsEntry, Delivery, LessonDelivery, Opened, Problem, Progress } from "types/player" */

const STATES = /** @type {Record<string, string>} */ ({ incomplete: "in_progress", completed: "completed", passed: "passed", failed: "failed" });
const FINAL = ["completed", "passed", "failed"];
const OVER_THE_COURSE = matchMedia("(max-width: 900px)"); // as in player.css: the table of contents covers the course

/** @template {HTMLElement} Kind @param {string} id @returns {Kind} */
const by = (id) => /** @type {Kind} */ (document.getElementById(id));

export class View {
  /**
   * @param {Pick<Boot, "texts" | "contact">} boot
   * @param {{ onNavigate: (event: { kind: string, target?: string }) => void, onRetry: () => void }} handlers
   */
  constructor({ texts, contact }, { onNavigate, onRetry }) {
    this.texts = texts;
    this.contact = contact;
    this.onNavigate = onNavigate;
    this.onRetry = onRetry;
    this.loading = new Loading((name) => this.text(name));
    /** @type {Map<string, HTMLElement>} */
    this.entries = new Map();
    this.current = "";
    /** @type {HTMLIFrameElement} */
    this.frame = by("activity");
    this.frame.allow = ALLOWED;
    // Hosts of films refuse to be opened by a page that names no referrer; what they hear is the origin, never the address with its token.
    this.frame.referrerPolicy = "strict-origin";
    for (const kind of ["previous", "continue"]) by(kind).addEventListener("click", () => onNavigate({ kind }));
    by("exit").addEventListener("click", () => onNavigate({ kind: "suspend_all" }));
    by("contents-toggle").addEventListener("click", () => this.toggleContents());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && OVER_THE_COURSE.matches && this.toggleContents(false));
    OVER_THE_COURSE.addEventListener("change", () => this.toggleContents(!by("contents").hidden));
  }

  /** The catalog's text of that name with `values` in its places; "" where there is none. @param {string} name @param {Record<string, unknown>} [values] */
  text(name, values = {}) {
    const text = this.texts[name] ?? "";
    return text.replace(/\{(\w+)\}/g, (_, place) => String(values[place] ?? ""));
  }

  /** @param {Opened} opened */
  course({ course, contents, mode }) {
    by("title").textContent = course.title;
    document.title = course.title;
    const several = course.activities > 1;
    document.body.toggleAttribute("data-several", several);
    for (const id of ["previous", "continue"]) by(id).hidden = !several;
    by("contents").replaceChildren(this.list(contents));
    this.toggleContents(several && !OVER_THE_COURSE.matches);
    by("mode").hidden = mode === "normal";
    by("mode").textContent = this.text(mode === "review" ? "player.review" : "player.browse");
  }

  /** @param {ContentsEntry[]} items */
  list(items) {
    const list = document.createElement("ol");
    for (const item of items.filter((item) => item.visible)) {
      const entry = document.createElement("li");
      entry.append(item.deliverable ? this.lesson(item) : heading(item.title));
      if (item.objectives?.length) entry.append(aims(item.objectives));
      if (item.children.length) entry.append(this.list(item.children));
      list.append(entry);
    }
    return list;
  }

  /** A lesson's entry: its title, and how far the learner has come, as a drawing and in words. @param {ContentsEntry} item */
  lesson({ identifier, title }) {
    const button = document.createElement("button");
    const name = document.createElement("span");
    const state = document.createElement("span");
    name.textContent = title;
    name.dir = "auto";
    name.className = "name";
    state.className = "state";
    button.append(icon("not_started"), name, state);
    button.dataset.activity = identifier;
    button.addEventListener("click", () => this.onNavigate({ kind: "choice", target: identifier }));
    this.entries.set(identifier, button);
    return button;
  }

  /** @param {Progress} answer */
  progress({ valid, activities }) {
    by("previous").toggleAttribute("disabled", !valid.previous);
    by("continue").toggleAttribute("disabled", !valid.continue);
    for (const [identifier, button] of this.entries) {
      const available = valid.choice.includes(identifier);
      button.toggleAttribute("disabled", !available);
      const [completion, success] = activities?.[identifier] ?? ["not attempted", "unknown"];
      const known = STATES[success === "unknown" ? completion : success];
      this.mark(button, known ?? (available || identifier === this.current ? "not_started" : "unavailable"));
    }
    document.body.toggleAttribute("data-done", valid.continue && FINAL.includes(this.entries.get(this.current)?.dataset.state ?? ""));
  }

  /** @param {HTMLElement} button @param {string} state one of the catalog's `player.state` */
  mark(button, state) {
    button.dataset.state = state;
    button.querySelector("use")?.setAttribute("href", `#icon-${state}`);
    const words = button.querySelector(".state");
    if (words) words.textContent = this.text(`player.state.${state}`);
  }

  /** @param {Delivery | LessonDelivery} delivery */
  show({ activity, title, url }) {
    by("message").hidden = true;
    this.frame.hidden = false;
    this.frame.setAttribute("title", title);
    // A fresh frame keeps the activities out of the browser's history and forgets everything of the one before.
    const fresh = /** @type {HTMLIFrameElement} */ (this.frame.cloneNode(false));
    fresh.removeAttribute("src");
    this.frame.replaceWith(fresh);
    this.frame = fresh;
    fresh.setAttribute("src", url);
    keepUnload(fresh);
    whenShown(fresh, () => this.loaded());
    this.opened(activity);
  }

  /**
   * A lesson that wants a window of its own: browsers open one only where the learner presses something.
   * @param {LessonDelivery} delivery @param {() => boolean} open
   */
  offer({ activity, title }, open) {
    this.frame.removeAttribute("src");
    this.opened(activity);
    const press = () => {
      if (open()) this.message(title, this.text("player.window_opened.text"), { action: press, label: this.text("player.window_opened.button") });
      else this.message(title, this.text("player.window_blocked.text"), { action: press, label: this.text("player.window.button") });
    };
    this.message(title, this.text("player.window.text"), { action: press, label: this.text("player.window.button") });
  }

  /** @param {string} activity that the learner is in now */
  opened(activity) {
    this.current = activity;
    for (const [identifier, button] of this.entries) {
      const current = identifier === activity;
      if (current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      if (current && ["unavailable", "not_started"].includes(button.dataset.state ?? "")) this.mark(button, "in_progress");
    }
    document.body.removeAttribute("data-done");
    if (OVER_THE_COURSE.matches) this.toggleContents(false);
    this.notice("");
  }

  /** Take the activity out of its frame, so that it can say its last words. @param {number} patience */
  unload(patience) {
    return new Promise((resolve) => {
      if (!this.frame.getAttribute("src")) return resolve(undefined);
      this.frame.addEventListener("load", () => resolve(undefined), { once: true });
      setTimeout(resolve, patience);
      this.frame.setAttribute("src", "about:blank");
    });
  }

  menu() {
    this.message(this.text("player.choose.title"), this.text("player.choose.text"));
    this.toggleContents(true);
  }

  /** @param {boolean} linked whether a stub takes over from here */
  ended(linked) {
    by("bar").hidden = linked;
    for (const id of ["previous", "continue", "exit", "contents-toggle"]) by(id).hidden = true;
    this.toggleContents(false);
    this.message(this.text("player.saved.title"), this.text("player.saved.text"));
  }

  /** The LMS has begun a new attempt, and what was reached before it still counts. @param {string} reached passed, failed or completed */
  earlier(reached) {
    this.notice(this.text(`player.earlier_${reached}.text`));
  }

  /** @param {Problem | null} problem */
  refuse(problem) {
    by("bar").hidden = true;
    if (!problem) return this.message(this.text("host_unreachable.title"), this.text("host_unreachable.text"), { action: this.onRetry, code: "host_unreachable" });
    const known = ["", "player."].find((prefix) => this.texts[`${prefix}${problem.code}.text`]);
    const title = known === undefined ? problem.title : this.text(`${known}${problem.code}.title`) || this.text("refused.title");
    const sentence = known === undefined ? problem.detail : this.text(`${known}${problem.code}.text`, problem);
    this.message(title, sentence, { code: problem.code, reference: problem.reference });
  }

  /** @param {"unsent" | "sent" | "elsewhere" | "lost"} kind @param {Problem | null} [problem] */
  trouble(kind, problem) {
    if (kind === "unsent") return this.notice(this.text("player.unsent.text"), "warn");
    if (kind === "sent") return this.notice(this.text("player.sent.text"), "good");
    this.frame.setAttribute("src", "about:blank");
    const name = kind === "elsewhere" ? "player.opened_elsewhere" : "player.out_of_date";
    const label = this.text("player.out_of_date.button");
    this.message(this.text(`${name}.title`), this.text(`${name}.text`), { action: this.onRetry, label, code: problem?.code });
  }

  /** @param {string} text @param {string} [tone] */
  notice(text, tone = "") {
    const banner = by("banner");
    banner.textContent = text;
    banner.dataset.tone = tone;
    banner.hidden = !text;
    clearTimeout(this.noticeTimer);
    if (tone === "good") this.noticeTimer = setTimeout(() => this.notice(""), 4000);
  }

  /**
   * Something in place of the course; where it has a `code`, it keeps the learner out, and who helps is named.
   * @param {string} title @param {string} sentence
   * @param {{ action?: () => void, label?: string, code?: string, reference?: string }} [more] `action` is what the button does
   */
  message(title, sentence, { action, label = this.text("retry"), code, reference } = {}) {
    this.loaded();
    this.frame.hidden = true;
    const note = by("message");
    note.replaceChildren(element("h1", title), element("p", sentence));
    if (action) {
      const button = element("button", label);
      button.addEventListener("click", action);
      note.append(button);
    }
    if (code) {
      const emblem = document.querySelector("#splash .emblem");
      if (emblem) note.prepend(emblem.cloneNode(true));
      note.append(...contactOf(this.contact, (name) => this.text(name), [document.title, title, reference ?? ""]));
      note.append(element("small", this.text("code", { code })));
    }
    if (reference) note.append(element("small", this.text("reference", { reference })));
    note.hidden = false;
  }

  /** The course is not there yet; the learner has waited so many milliseconds for it before this page. @param {number} before */
  courseLoading(before) {
    this.loading.course(before);
  }

  lessonLoading() {
    this.loading.lesson();
  }

  loaded() {
    this.loading.end();
  }

  /** @param {boolean} [open] */
  toggleContents(open = Boolean(by("contents").hidden)) {
    by("contents").hidden = !open;
    by("contents-toggle").setAttribute("aria-expanded", String(open));
    by("contents-toggle").setAttribute("aria-label", this.text(open ? "player.close_menu" : "player.menu"));
    document.body.toggleAttribute("data-drawer", open);
    const main = document.querySelector("main");
    if (main) main.inert = open && OVER_THE_COURSE.matches; // the course lies below the table of contents
  }
}

/** @param {string} title of what only holds lessons */
function heading(title) {
  const made = element("span", title);
  made.className = "group";
  return made;
}

/** What an entry is there to teach, in a line below it. @param {string[]} objectives */
function aims(objectives) {
  return element("small", objectives.join(" · "));
}

/** @param {string} name of a drawing in the page */
function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  made.classList.add("icon");
  made.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  made.append(use);
  return made;
}

/** @param {string} name @param {string} words */
function element(name, words) {
  const made = document.createElement(name);
  made.textContent = words;
  made.dir = "auto";
  return made;
}
