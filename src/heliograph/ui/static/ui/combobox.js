/**
 * Comboboxes: a field of text whose list is searched on the server while one types, by htmx.
 * Arrow keys go through the list, Enter takes, Escape closes; the pattern is that of the ARIA Authoring Practices.
 * Without this script the field takes a name or an ID.
 */

const BETWEEN = 4;

/** @param {EventTarget | null} target @returns {HTMLInputElement | null} */
function comboboxOf(target) {
  return target instanceof HTMLInputElement && target.role === "combobox" ? target : null;
}

/** @param {HTMLInputElement} input */
function listOf(input) {
  return /** @type {HTMLElement} */ (document.getElementById(input.getAttribute("aria-controls") ?? ""));
}

/** @param {HTMLInputElement} input */
function isOpen(input) {
  return input.getAttribute("aria-expanded") === "true";
}

/** @param {HTMLInputElement} input */
function open(input) {
  const list = listOf(input);
  [...list.children].forEach((option, number) => (option.id = `${list.id}-${number}`));
  activate(input, undefined);
  if (!list.matches(":popover-open")) list.showPopover();
  input.setAttribute("aria-expanded", "true");
  const at = input.getBoundingClientRect();
  const below = at.bottom + BETWEEN;
  const fits = below + list.offsetHeight <= innerHeight;
  list.style.width = `${at.width}px`;
  list.style.inset = `${fits ? below : Math.max(BETWEEN, at.top - list.offsetHeight - BETWEEN)}px auto auto ${at.left}px`;
}

/** @param {HTMLInputElement} input */
function close(input) {
  if (!isOpen(input)) return;
  activate(input, undefined);
  input.setAttribute("aria-expanded", "false");
  listOf(input).hidePopover();
}

/** @param {HTMLInputElement} input @param {Element | undefined} option the one that Enter takes; none for none */
function activate(input, option) {
  for (const other of listOf(input).children) other.setAttribute("aria-selected", String(other === option));
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLInputElement} input @param {HTMLElement} option */
function choose(input, option) {
  if (option.ariaDisabled === "true") return;
  input.value = option.querySelector("[data-label]")?.textContent ?? "";
  setChosen(input, option.dataset.value ?? "");
  close(input);
}

/** @param {HTMLInputElement} input @param {string} value what is sent for what was chosen; empty for what was typed */
function setChosen(input, value) {
  const hidden = /** @type {HTMLInputElement} */ (input.nextElementSibling);
  hidden.value = value;
}

/** @param {HTMLInputElement} input @param {number} step */
function move(input, step) {
  const options = /** @type {HTMLElement[]} */ ([...listOf(input).children]).filter((option) => option.ariaDisabled !== "true");
  if (!options.length) return;
  const at = options.findIndex((option) => option.ariaSelected === "true");
  const next = at < 0 && step < 0 ? options.length - 1 : (at + step + options.length) % options.length;
  activate(input, options[next]);
}

/** @param {HTMLInputElement} input */
function look(input) {
  input.dispatchEvent(new CustomEvent("look"));
}

document.addEventListener("input", (event) => {
  const input = comboboxOf(event.target);
  if (input) setChosen(input, "");
});

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const option = /** @type {HTMLElement | null} */ (target.closest(".options > li"));
  const input = comboboxOf(option ? (document.querySelector(`[aria-controls="${option.parentElement?.id}"]`)) : target);
  if (input && option) choose(input, option);
  else if (input && !isOpen(input)) look(input);
});

// The field keeps the focus while the mouse takes an option.
document.addEventListener("mousedown", (event) => {
  if (/** @type {Element} */ (event.target).closest(".options")) event.preventDefault();
});

document.addEventListener("focusout", (event) => {
  const input = comboboxOf(event.target);
  if (input) close(input);
});

document.addEventListener("keydown", (event) => {
  const input = comboboxOf(event.target);
  if (!input) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    if (isOpen(input)) move(input, step);
    else look(input);
  } else if (event.key === "Escape" && isOpen(input)) {
    event.preventDefault(); // the dialog around it stays
    close(input);
  } else if (event.key === "Enter" && isOpen(input)) {
    const option = /** @type {HTMLElement | null} */ (listOf(input).querySelector("[aria-selected=true]"));
    if (!option) return;
    event.preventDefault();
    choose(input, option);
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const list = /** @type {Element} */ (event.target);
  if (!list.matches(".options")) return;
  const input = comboboxOf(document.querySelector(`[aria-controls="${list.id}"]`));
  if (input && document.activeElement === input) open(input);
});

addEventListener("resize", () => {
  const input = comboboxOf(document.activeElement);
  if (input && isOpen(input)) open(input);
});
