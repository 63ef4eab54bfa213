/**
 * Forms in dialogs. What is refused stays where it happened: the dialog stays open, what was typed stays in it, the sentence
 * stands at its field (or above the form), and the field has the focus. Without this script the answer is a page of its own.
 */

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const dialog = form.closest("dialog");
  if (!dialog || form.method !== "post" || form.dataset.upload !== undefined || event.defaultPrevented) return;
  event.preventDefault();
  void send(form, /** @type {HTMLButtonElement | null} */ (event.submitter));
});

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} button the one that was pressed */
async function send(form, button) {
  if (form.getAttribute("aria-busy")) return; // pressed twice
  forget(form);
  form.setAttribute("aria-busy", "true");
  try {
    const address = button?.getAttribute("formaction") ?? form.action;
    const answer = await fetch(address, { method: "POST", body: new FormData(form, button), headers: { "X-Dialog": "1" } });
    const next = answer.headers.get("X-Next");
    if (next) return location.assign(next);
    const text = await answer.text();
    if (answer.headers.get("Content-Type")?.includes("problem+json")) return show(form, JSON.parse(text));
    replacePage(text);
  } catch {
    show(form, { detail: "The server could not be reached. Check your connection and try again." });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** @param {HTMLFormElement} form @param {{ detail: string, field?: string }} problem */
function show(form, problem) {
  const sentence = document.createElement("p");
  sentence.className = "problem";
  sentence.id = `problem-${Date.now()}`;
  sentence.setAttribute("role", "alert");
  sentence.textContent = problem.detail;
  const field = /** @type {HTMLInputElement | null} */ (problem.field ? form.elements.namedItem(problem.field) : null);
  if (field instanceof HTMLElement) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", sentence.id);
    (field.closest("label") ?? field).after(sentence);
    field.focus();
    return;
  }
  form.prepend(sentence);
  sentence.tabIndex = -1;
  sentence.focus();
}

/** @param {HTMLFormElement} form */
function forget(form) {
  for (const sentence of form.querySelectorAll(".problem")) sentence.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}

/** A few forms answer with a page, such as the one that shows a secret once. @param {string} text */
function replacePage(text) {
  document.open();
  document.write(text);
  document.close();
}
