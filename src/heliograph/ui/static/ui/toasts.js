/**
 * Messages of what was done. Each stays for a while, longer while it is looked at, and can be closed. They enter their region again
 * once the page stands there, or nobody would hear them.
 */

const STAYS = 8000;

const region = document.querySelector(".toasts");
for (const toast of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-toast]"))) {
  requestAnimationFrame(() => region?.append(toast));
  stay(toast);
}

/** @param {HTMLElement} toast */
function stay(toast) {
  let waiting = 0;
  const wait = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => toast.remove(), STAYS);
  };
  const rest = () => clearTimeout(waiting);
  for (const looked of ["pointerenter", "focusin"]) toast.addEventListener(looked, rest);
  for (const left of ["pointerleave", "focusout"]) toast.addEventListener(left, () => !toast.matches(":hover, :focus-within") && wait());
  toast.querySelector("[data-dismisses]")?.addEventListener("click", () => toast.remove());
  wait();
}
