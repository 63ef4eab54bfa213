const course = /** @type {HTMLElement} */ (document.getElementById("course"));

/**
 * A page in place of the course: a title, a sentence, perhaps a way on.
 * @param {string} title @param {string} sentence @param {string} [small] @param {() => void} [retry] @param {string} [label]
 */
export function say(title, sentence, small = "", retry = undefined, label = "Try again") {
  const note = document.createElement("section");
  note.className = "note";
  note.setAttribute("role", "alert");
  note.append(element("h1", title), element("p", sentence));
  if (retry) {
    const button = /** @type {HTMLButtonElement} */ (element("button", label));
    button.addEventListener("click", retry);
    note.append(button);
  }
  if (small) note.append(element("small", small));
  course.removeAttribute("aria-busy");
  course.replaceChildren(note);
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
