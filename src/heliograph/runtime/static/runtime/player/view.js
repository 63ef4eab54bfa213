/**
 * What the learner sees of the player: a slim bar, the table of contents, the activity's frame, and a banner when something needs saying.
 */

import { keepUnload } from "./leaving.js";
import { ALLOWED } from "./permissions.js";

/** @import { ContentsEntry, Delivery, LessonDelivery, Opened, Problem, Progress } from "types/player" */

const STATUS = { completed: "✓", passed: "✓", failed: "✗", incomplete: "…" };
const WORDS = { completed: "completed", passed: "passed", failed: "failed", incomplete: "in progress" };

/** @template {HTMLElement} Kind @param {string} id @returns {Kind} */
const by = (id) => /** @type {Kind} */ (document.getElementById(id));

export class View {
  /** @param {{ onNavigate: (event: { kind: string, target?: string }) => void, onRetry: () => void }} handlers */
  constructor({ onNavigate, onRetry }) {
    this.onNavigate = onNavigate;
    this.onRetry = onRetry;
    /** @type {Map<string, HTMLElement>} */
    this.entries = new Map();
    /** @type {HTMLIFrameElement} */
    this.frame = by("activity");
    this.frame.allow = ALLOWED;
    // Hosts of films refuse to be opened by a page that names no referrer; what they hear is the origin, never the address with its token.
    this.frame.referrerPolicy = "strict-origin";
    for (const kind of ["previous", "continue"]) by(kind).addEventListener("click", () => onNavigate({ kind }));
    by("exit").addEventListener("click", () => onNavigate({ kind: "suspend_all" }));
    by("contents-toggle").addEventListener("click", () => this.toggleContents());
  }

  /** @param {Opened} opened */
  course({ course, contents, mode }) {
    by("title").textContent = course.title;
    document.title = course.title;
    const several = course.activities > 1;
    for (const id of ["previous", "continue", "contents-toggle"]) by(id).hidden = !several;
    by("contents").replaceChildren(this.list(contents));
    this.toggleContents(several && window.innerWidth > 900);
    by("mode").hidden = mode === "normal";
    by("mode").textContent = mode === "review" ? "Review mode – progress is not saved" : "Preview mode – progress is not saved";
  }

  /** @param {ContentsEntry[]} items */
  list(items) {
    const list = document.createElement("ol");
    for (const item of items.filter((item) => item.visible)) {
      const entry = document.createElement("li");
      const label = document.createElement(item.deliverable ? "button" : "span");
      label.textContent = item.title;
      if (item.deliverable) {
        label.dataset.activity = item.identifier;
        label.addEventListener("click", () => this.onNavigate({ kind: "choice", target: item.identifier }));
        this.entries.set(item.identifier, label);
      }
      entry.append(label);
      if (item.objectives?.length) entry.append(aims(item.objectives));
      if (item.children.length) entry.append(this.list(item.children));
      list.append(entry);
    }
    return list;
  }

  /** @param {Progress} answer */
  progress({ valid, activities }) {
    by("previous").toggleAttribute("disabled", !valid.previous);
    by("continue").toggleAttribute("disabled", !valid.continue);
    for (const [identifier, label] of this.entries) {
      label.toggleAttribute("disabled", !valid.choice.includes(identifier));
      const [completion, success] = activities?.[identifier] ?? ["not attempted", "unknown"];
      const state = /** @type {keyof typeof STATUS} */ (success === "unknown" ? completion : success);
      label.dataset.state = STATUS[state] ?? "";
      label.setAttribute("aria-description", WORDS[state] ?? "not started");
    }
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
    for (const [identifier, label] of this.entries) label.toggleAttribute("aria-current", identifier === activity);
    if (window.innerWidth <= 900) this.toggleContents(false);
    this.notice("");
  }

  /**
   * A lesson that wants a window of its own: browsers open one only where the learner presses something.
   * @param {LessonDelivery} delivery @param {() => boolean} open
   */
  offer({ activity, title }, open) {
    this.frame.removeAttribute("src");
    for (const [identifier, label] of this.entries) label.toggleAttribute("aria-current", identifier === activity);
    if (window.innerWidth <= 900) this.toggleContents(false);
    this.notice("");
    const press = () => {
      if (open()) this.message(title, "The lesson opened in a new window. Come back here when you are done.", press, "Reopen");
      else this.message(title, "Pop-up blocked. Allow pop-ups and try again.", press, "Open lesson");
    };
    this.message(title, "This lesson opens in a new window.", press, "Open lesson");
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
    this.message("Choose a lesson", "Choose a lesson from the menu.");
    this.toggleContents(true);
  }

  /** @param {boolean} linked whether a stub takes over from here */
  ended(linked) {
    by("bar").hidden = linked;
    by("exit").hidden = true;
    for (const id of ["previous", "continue", "contents-toggle"]) by(id).hidden = true;
    this.toggleContents(false);
    this.message("Progress saved", "You can close this page. You’ll continue where you left off.");
  }

  /** The LMS has begun a new attempt, and what was reached before it still counts. @param {string} reached passed, failed or completed */
  earlier(reached) {
    this.notice(`You have already ${reached} this course. Your result is kept and sent to your LMS again.`);
  }

  /** @param {Problem | null} problem */
  refuse(problem) {
    by("bar").hidden = true;
    const title = problem?.title ?? "Course unavailable";
    const sentence = problem?.detail ?? "The server does not respond. Check your internet connection and try again.";
    this.message(title, sentence, problem ? undefined : this.onRetry);
  }

  /** @param {"unsent" | "sent" | "elsewhere" | "lost"} kind @param {Problem | null} [problem] */
  trouble(kind, problem) {
    if (kind === "unsent") return this.notice("You’re offline. Keep going – progress is stored on this device and will sync.", "warn");
    if (kind === "sent") return this.notice("Back online. All progress saved.", "good");
    this.frame.setAttribute("src", "about:blank");
    const title = kind === "elsewhere" ? "Course open in another window" : "This window is out of date";
    this.message(title, problem?.detail ?? "Open the course again from where you started it.", this.onRetry, "Continue here");
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

  /** @param {string} title @param {string} sentence @param {() => void} [action] @param {string} [label] */
  message(title, sentence, action = undefined, label = "Try again") {
    this.frame.hidden = true;
    const note = by("message");
    const heading = document.createElement("h1");
    const text = document.createElement("p");
    heading.textContent = title;
    text.textContent = sentence;
    note.replaceChildren(heading, text);
    if (action) {
      const button = document.createElement("button");
      button.textContent = label;
      button.addEventListener("click", action);
      note.append(button);
    }
    note.hidden = false;
  }

  /** @param {HTMLElement["hidden"]} [open] */
  toggleContents(open = by("contents").hidden) {
    by("contents").hidden = !open;
    by("contents-toggle").setAttribute("aria-expanded", String(open));
  }

  /** @param {boolean} is */
  busy(is) {
    by("stage").setAttribute("aria-busy", String(is));
  }
}

/** What an entry is there to teach, in a line below it. @param {string[]} objectives */
function aims(objectives) {
  const line = document.createElement("small");
  line.textContent = objectives.join(" · ");
  return line;
}
