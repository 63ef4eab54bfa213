/**
 * Forms, in dialogs and elsewhere. What is refused stays where it happened: what was typed stays, the sentence stands at its field
 * (or above the form), and the first such field has the focus. What destroys something is asked for in a dialog first. Without this
 * script each answer is a page of its own.
 *
 * A form with `data-with` sends what is in another form, too: the rows that are selected. Fields and buttons of a form can also stand
 * in dialogs outside of it: what is refused there stays there.
 * Forms with `data-reloads` are shown again by the server; those of htmx, and those that go to a frame, are left alone.
 */

/** @typedef {{ detail: string, field?: string, errors?: { where: string, message: string }[] }} Problem */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
  if (!isOurs(form) || button?.formTarget || event.defaultPrevented) return;
  event.preventDefault();
  void send(form, button);
});

// The server says what is wrong, for all fields alike.
for (const form of document.forms) if (isOurs(form)) form.noValidate = true;

// Whoever has gone on to another page meanwhile stays there.
let leaving = false;
window.addEventListener("beforeunload", () => (leaving = true));

/** @param {HTMLFormElement} form */
function isOurs(form) {
  return form.method === "post" && form.dataset.reloads === undefined && form.dataset.passkey === undefined;
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} button the one that was pressed */
async function send(form, button) {
  if (form.getAttribute("aria-busy")) return; // pressed twice
  forget(form);
  leaving = false;
  form.setAttribute("aria-busy", "true");
  try {
    const address = button?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
    const data = new FormData(form, button);
    const picks = /** @type {HTMLFormElement | null} */ (document.getElementById(form.dataset.with ?? ""));
    if (picks) for (const [name, value] of new FormData(picks)) data.append(name, value);
    const answer = form.dataset.upload === undefined ? post(address, data) : upload(form, address, data);
    await take(form, button, await answer);
  } catch {
    if (!leaving) show(form, button, { detail: document.body.dataset.unreachable ?? "" });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** @param {string} address @param {FormData} data */
function post(address, data) {
  return fetch(address, { method: "POST", body: data, headers: { "X-Dialog": "1" } });
}

/** The same with its progress shown. @param {HTMLFormElement} form @param {string} address @param {FormData} data @returns {Promise<Response>} */
function upload(form, address, data) {
  const bar = /** @type {HTMLProgressElement} */ (form.querySelector("progress"));
  const says = /** @type {HTMLElement} */ (form.querySelector("[data-says]"));
  const request = new XMLHttpRequest();
  bar.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.loaded / event.total;
    says.textContent = `${document.body.dataset.uploading} ${Math.round(bar.value * 100)}%`;
  });
  return new Promise((resolve, reject) => {
    request.addEventListener("loadend", () => {
      bar.hidden = true;
      says.textContent = "";
    });
    request.addEventListener("load", () => {
      const headers = new Headers();
      for (const name of ["Content-Type", "X-Next"]) {
        const value = request.getResponseHeader(name);
        if (value !== null) headers.set(name, value);
      }
      resolve(new Response(request.responseText, { status: request.status, headers }));
    });
    request.addEventListener("error", reject);
    request.open("POST", address);
    request.setRequestHeader("X-Dialog", "1");
    request.send(data);
  });
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} button @param {Response} answer */
async function take(form, button, answer) {
  const next = answer.headers.get("X-Next");
  if (next) return goOn(next);
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.includes("problem+json")) return show(form, button, await answer.json());
  if (answer.headers.get("Content-Disposition")?.startsWith("attachment")) return save(answer);
  if (answer.headers.has("X-Question")) return ask(await answer.text());
  show(form, button, { detail: document.body.dataset.failed ?? "" });
}

/** @param {string} next an address; where it is this page's, it is loaded again */
function goOn(next) {
  if (leaving) return undefined;
  const url = new URL(next, location.href);
  if (url.pathname + url.search !== location.pathname + location.search) return location.assign(url);
  if (url.hash) location.hash = url.hash;
  location.reload();
}

/** @param {Response} answer a file */
async function save(answer) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Ask what the server asks before it destroys something. @param {string} text a dialog */
function ask(text) {
  const holder = document.createElement("template");
  holder.innerHTML = text;
  const dialog = /** @type {HTMLDialogElement} */ (holder.content.querySelector("dialog"));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  for (const form of dialog.querySelectorAll("form")) form.noValidate = true;
  dialog.showModal();
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} button @param {Problem} problem */
function show(form, button, problem) {
  const place = placeOf(form, button);
  const errors = problem.errors ?? (problem.field ? [{ where: problem.field, message: problem.detail }] : []);
  const marked = errors.flatMap(({ where, message }) => mark(form, place, where, message) ?? []);
  if (marked[0]) {
    marked[0].closest("details")?.setAttribute("open", "");
    return marked[0].focus();
  }
  const sentence = say(problem.detail);
  place.prepend(sentence);
  sentence.tabIndex = -1;
  sentence.focus();
}

/**
 * Where sentences stand: in the form, or in the dialog outside of it whose button was pressed.
 * @param {HTMLFormElement} form @param {HTMLButtonElement | null} button @returns {Element}
 */
function placeOf(form, button) {
  const inDialog = button?.closest("dialog > *");
  return inDialog && !inDialog.contains(form) ? inDialog : form;
}

/**
 * The field that was marked; none where there is no such field to be seen.
 * @param {HTMLFormElement} form @param {Element} place @param {string} name @param {string} message
 */
function mark(form, place, name, message) {
  const field = fields(form).find(
    (each) => each.name === name && each.type !== "hidden" && isBeside(each, place),
  );
  if (!field) return undefined;
  const sentence = say(message);
  field.dataset.described = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-describedby", `${field.dataset.described} ${sentence.id}`.trim());
  field.setAttribute("aria-invalid", "true");
  const group = field.closest(".field, fieldset, label");
  // A box of a table belongs to the form, and is outside of it.
  if (!place.contains(field)) place.prepend(sentence);
  else if (group && place.contains(group)) group.append(sentence);
  else field.after(sentence);
  return field;
}

/** Whether both are in the same dialog, or in none. @param {Element} field @param {Element} place */
function isBeside(field, place) {
  return field.closest("dialog") === place.closest("dialog");
}

/** @param {HTMLFormElement} form */
function fields(form) {
  return /** @type {Field[]} */ ([...form.elements]);
}

let said = 0;

/** @param {string} text */
function say(text) {
  const sentence = document.createElement("p");
  sentence.className = "problem";
  sentence.id = `problem-${(said += 1)}`;
  sentence.setAttribute("role", "alert");
  sentence.textContent = text;
  return sentence;
}

/** @param {HTMLFormElement} form */
function forget(form) {
  const places = new Set([form, ...fields(form).map((field) => field.closest("dialog") ?? form)]);
  for (const place of places) for (const sentence of place.querySelectorAll(".problem")) sentence.remove();
  for (const field of fields(form)) {
    if (!field.hasAttribute("aria-invalid")) continue;
    field.removeAttribute("aria-invalid");
    if (field.dataset.described) field.setAttribute("aria-describedby", field.dataset.described);
    else field.removeAttribute("aria-describedby");
  }
}

// A form that the server has shown again begins where it is wrong.
/** @type {HTMLElement | null} */ (document.querySelector("form [aria-invalid=true]"))?.focus();
