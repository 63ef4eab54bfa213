/** What pages share: local times, dialogs, copying, files that are dropped, previews while one types, and logs that follow their end. */

import { remember } from "./cookies.js";

/** English (United States) is the page's language also where the browser has another region: its way of writing days is kept. */
const { lang } = document.documentElement;
const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(lang)) ?? lang;
const inWords = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const asDay = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });

/** @param {ParentNode} within */
function enliven(within) {
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (within.querySelectorAll("time[datetime]"))) {
    time.textContent = ("day" in time.dataset ? asDay : inWords).format(new Date(time.dateTime));
  }
  for (const log of within.querySelectorAll("[data-follow]")) log.scrollTop = log.scrollHeight;
  nameCells(document);
}

/**
 * On a phone a row is a card: each value beside the name of its column. Roles are said, since a browser forgets those of a table
 * that is not laid out as one.
 * @param {ParentNode} within
 */
function nameCells(within) {
  for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (within.querySelectorAll(".sheet > table:has(thead)"))) {
    const names = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => (cell.textContent ?? "").trim());
    table.setAttribute("role", "table");
    for (const part of table.querySelectorAll("thead, tbody")) part.setAttribute("role", "rowgroup");
    for (const row of table.rows) row.setAttribute("role", "row");
    for (const cell of table.querySelectorAll("thead th")) cell.setAttribute("role", "columnheader");
    for (const body of table.tBodies) {
      for (const row of body.rows) {
        [...row.cells].forEach((cell, column) => {
          cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
          if (names[column]) cell.dataset.label = names[column];
          if (!cell.childElementCount && !cell.textContent?.trim()) cell.replaceChildren(); // `:empty`
        });
      }
    }
  }
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const opener = target.closest("[data-opens]");
  if (opener) /** @type {HTMLDialogElement | null} */ (document.getElementById(opener.getAttribute("data-opens") ?? ""))?.showModal();
  if (target.closest("[data-closes]")) target.closest("dialog")?.close();
  if (target.closest("[data-collapses]")) collapse();
  const copier = /** @type {HTMLElement | null} */ (target.closest("[data-copies]"));
  if (copier) void copy(copier);
});

// One box ticks all that belong to its form.
document.addEventListener("change", (event) => {
  const all = /** @type {HTMLInputElement} */ (event.target);
  if (!all.dataset.ticks) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][form="${all.dataset.ticks}"]`)) /** @type {HTMLInputElement} */ (box).checked = all.checked;
});

// A menu stands below the button that opens it, or above where there is no room below.
const BETWEEN = 4;
document.addEventListener(
  "toggle",
  (event) => {
    const menu = /** @type {HTMLElement} */ (event.target);
    if (!menu.matches(".menu[popover]:popover-open") || menu.closest(".top")) return;
    const button = document.querySelector(`[popovertarget="${menu.id}"]`);
    if (!button) return;
    const at = button.getBoundingClientRect();
    const left = Math.max(BETWEEN, Math.min(at.left, innerWidth - menu.offsetWidth - BETWEEN));
    const below = at.bottom + BETWEEN;
    const fits = below + menu.offsetHeight <= innerHeight;
    menu.style.inset = `${fits ? below : Math.max(BETWEEN, at.top - menu.offsetHeight - BETWEEN)}px auto auto ${left}px`;
  },
  { capture: true },
);

/** The navigation as icons alone, or with its words; the browser remembers. */
function collapse() {
  const { dataset } = document.documentElement;
  dataset.navigation = dataset.navigation === "icons" ? "words" : "icons";
  remember("heliograph_navigation", dataset.navigation);
}

const COPIED_FOR = 2000;

/** @param {HTMLElement} button */
async function copy(button) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById(button.dataset.copies ?? ""));
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
  const label = (button.dataset.label ??= button.textContent ?? "");
  button.textContent = document.body.dataset.copied ?? "";
  setTimeout(() => (button.textContent = label), COPIED_FOR);
}

document.addEventListener("keydown", (event) => {
  const typing = /** @type {Element} */ (event.target).closest("input, textarea, select, dialog");
  const search = /** @type {HTMLInputElement | null} */ (document.querySelector("main input[type=search]"));
  if (event.key === "/" && !typing && search) {
    event.preventDefault();
    /** @type {HTMLElement | null} */ (search.closest("[popover]:not(:popover-open)"))?.showPopover();
    search.focus();
  }
});

for (const form of document.querySelectorAll("form[data-upload]")) {
  const zone = form.querySelector(".drop");
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone?.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind !== "drop" || !(/** @type {DragEvent} */ (event).dataTransfer)) return;
      input.files = /** @type {DragEvent} */ (event).dataTransfer?.files ?? null;
      /** @type {HTMLFormElement} */ (form).requestSubmit();
    });
  }
}

const UNTIL_TYPED = 400;
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-previews]"))) {
  const button = /** @type {HTMLButtonElement} */ (document.getElementById(form.dataset.previews ?? ""));
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(button), UNTIL_TYPED);
  });
}

// Days of some lists are those of the reader's calendar.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-zone]"))) field.value = timeZone;
for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-zone]"))) {
  const url = new URL(link.href);
  url.searchParams.set("zone", timeZone);
  link.href = url.href;
}

// A list that follows what comes rests while nobody looks, and keeps its latest rows.
const MOST_FOLLOWED = 500;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && /** @type {Element} */ (event.target).matches("[data-tail]")) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = /** @type {CustomEvent} */ (event).detail;
  if (new URL(xhr.responseURL || location.href).pathname.startsWith("/sign-in/")) location.reload();
});
document.addEventListener("htmx:afterSwap", (event) => {
  const target = /** @type {Element} */ (event.target);
  enliven(target);
  for (const row of [...document.querySelectorAll("table:has([data-tail]) tbody tr")].slice(MOST_FOLLOWED)) row.remove();
});
/** @type {HTMLDialogElement | null} */ (document.querySelector("dialog[data-open]"))?.showModal();
enliven(document);
