/**
 * Passkeys (WebAuthn Level 3): fills in a form's field `credential` with what the browser says, and sends the form.
 * `webauthnJSON` comes with allauth and takes the options as they are written in JSON.
 */

/** @typedef {{ create(options: object): Promise<object>, get(options: object): Promise<object>, supported(): boolean }} WebauthnJson */

const browser = /** @type {{ webauthnJSON?: WebauthnJson }} */ (/** @type {unknown} */ (window)).webauthnJSON;

/** What the page was given for this ceremony. */
function optionsOfPage() {
  return JSON.parse(document.getElementById("passkey-options")?.textContent ?? "{}");
}

/** @param {HTMLFormElement} form @returns {Promise<object>} */
async function add(form) {
  const options = optionsOfPage().creation_options;
  const alone = /** @type {HTMLInputElement} */ (form.elements.namedItem("passwordless")).checked;
  const selection = (options.publicKey.authenticatorSelection ??= {});
  selection.residentKey = alone ? "required" : "discouraged";
  selection.requireResidentKey = alone;
  if (alone) selection.userVerification = "required";
  return /** @type {WebauthnJson} */ (browser).create(options);
}

/** @returns {Promise<object>} */
async function confirm() {
  return /** @type {WebauthnJson} */ (browser).get(optionsOfPage().request_options);
}

/** @param {HTMLFormElement} form @returns {Promise<object>} */
async function signIn(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return /** @type {WebauthnJson} */ (browser).get((await answer.json()).request_options);
}

/** @type {Record<string, (form: HTMLFormElement) => Promise<object>>} */
const PASSKEY_FORMS = { add, confirm, "sign-in": signIn };

/** @param {HTMLFormElement} form @param {string} sentence */
function say(form, sentence) {
  const note = form.querySelector("[role=alert]") ?? form.insertBefore(document.createElement("div"), form.firstChild);
  note.className = "note";
  note.setAttribute("data-tone", "bad");
  note.setAttribute("role", "alert");
  note.textContent = sentence;
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=button]"));
  button.hidden = !browser?.supported();
  button.addEventListener("click", async () => {
    try {
      const credential = await PASSKEY_FORMS[form.dataset.passkey ?? ""](form);
      /** @type {HTMLInputElement} */ (form.elements.namedItem("credential")).value = JSON.stringify(credential);
      form.submit();
    } catch {
      say(form, "The passkey was not used. Try again, or choose another way.");
    }
  });
}
