/** The package's own pages, as its destination wants them to look: a title, a sentence, perhaps a way on. */

import { contactOf } from "./contact.js";
import { loaded } from "./loading.js";
import { brand, config, text } from "./wording.js";

/** @typedef {{ code?: string, reference?: string, title?: string, button?: string, onward?: () => void }} More `onward` is what the button does */

const NO_TROUBLE = ["window", "left"]; // nobody needs help with these

const course = /** @type {HTMLElement} */ (document.getElementById("course"));

for (const [name, value] of Object.entries(brand.look ?? {})) document.documentElement.style.setProperty(name, value);

/** One of the catalog's messages in place of the course. @param {string} message @param {More} [more] */
export function say(message, more = {}) {
  show(more.title ?? text(`${message}.title`), text(`${message}.text`), more, !NO_TROUBLE.includes(message));
}

/**
 * A refusal of the host's: in the learner's language where the catalog knows its code, as the host says it where not.
 * @param {{ code: string, title: string, detail: string, reference?: string, [field: string]: unknown }} problem @param {() => void} [onward]
 */
export function refuse(problem, onward) {
  const known = text(`${problem.code}.text`, problem);
  const title = known && (text(`${problem.code}.title`, problem) || text("refused.title"));
  show(title || problem.title, known || problem.detail, { code: problem.code, reference: problem.reference, onward }, true);
}

/** @param {string} title @param {string} sentence @param {More} more @param {boolean} trouble somebody may need help with it */
function show(title, sentence, { code, reference, button = text("retry"), onward }, trouble) {
  const note = element("section", "", "note");
  note.setAttribute("role", "alert");
  note.append(...emblem(), element("h1", title), element("p", sentence));
  if (onward) {
    const pressed = element("button", button);
    pressed.addEventListener("click", onward);
    note.append(pressed);
  }
  if (trouble) note.append(...contactOf(brand.contact, text, [config.title, title, reference ?? ""]));
  if (code) note.append(element("small", text("code", { code })));
  if (reference) note.append(element("small", text("reference", { reference })));
  loaded();
  course.replaceChildren(note);
}

/** Whose course this is. An image runs no script, whatever it holds. */
function emblem() {
  if (!brand.logo && !brand.name) return [];
  const made = element("div", "", "emblem");
  if (brand.logo) made.append(Object.assign(document.createElement("img"), { src: brand.logo, alt: "" }));
  if (brand.name) made.append(element("span", brand.name));
  return [made];
}

/** @param {string} name @param {string} words @param {string} [kind] */
function element(name, words, kind = "") {
  const made = document.createElement(name);
  made.textContent = words;
  made.className = kind;
  made.dir = "auto";
  return made;
}
