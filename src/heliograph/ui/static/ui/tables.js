/** Lists of rows: what a browser remembers of their columns, moving between rows by keys, and how many are selected. */

import { remember } from "./cookies.js";

document.addEventListener("change", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  const display = /** @type {HTMLElement | null} */ (input.closest("[data-display]"));
  if (display && input.name === "density") showDensity(input.value);
  if (display && input.name === "column") showColumns(display);
  const list = input.closest(".listed");
  if (list && input.matches(".pick, [data-all] input")) countSelected(list);
});

/** @param {string} density */
function showDensity(density) {
  document.documentElement.dataset.density = density;
  remember("heliograph_density", density);
}

/** @param {HTMLElement} display the menu with a box for each column */
function showColumns(display) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (display.querySelectorAll("input[name=column]"));
  const hidden = [...boxes].filter((box) => !box.checked);
  const table = display.closest(".listed")?.querySelector("table");
  if (table) table.dataset.hidden = hidden.map((box) => box.dataset.place).join(" ");
  remember(`heliograph_columns_${display.dataset.display}`, hidden.map((box) => box.value).join("."));
}

/** @param {Element} list */
function countSelected(list) {
  const count = list.querySelectorAll("tbody .pick:checked").length;
  const whole = count > 0 && count === list.querySelectorAll("tbody .pick").length;
  const all = /** @type {HTMLInputElement | null} */ (list.querySelector("thead .pick"));
  if (all) {
    all.checked = whole;
    all.indeterminate = count > 0 && !whole;
  }
  const matching = offerAll(list, whole);
  const counter = /** @type {HTMLElement | null} */ (list.querySelector("[data-selected]"));
  if (counter) counter.textContent = (counter.dataset.selected ?? "#").replace("#", matching || String(count));
}

/**
 * The box that selects all that match is there once every row of the page is selected.
 * @param {Element} list @param {boolean} whole @returns {string} how many match, where they are selected
 */
function offerAll(list, whole) {
  const offer = /** @type {HTMLElement | null} */ (list.querySelector("[data-all]"));
  const box = /** @type {HTMLInputElement | null | undefined} */ (offer?.querySelector("input"));
  if (!offer || !box) return "";
  offer.hidden = !whole;
  box.checked &&= whole;
  return box.checked ? (offer.dataset.all ?? "") : "";
}

// Arrow keys go from the list to its first row, and from row to row, to the same control where the next row has it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const from = /** @type {HTMLElement} */ (event.target);
  const row = from.closest(".rows tbody tr");
  if (!from.matches(".rows, .rows a, .rows button, .rows .pick")) return;
  const rows = [...(from.closest(".rows")?.querySelectorAll("tbody tr") ?? [])];
  const next = row ? rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)] : rows[0];
  const same = row && (from.matches(".pick") ? next?.querySelector(".pick") : next?.querySelector(from.tagName));
  const target = /** @type {HTMLElement | null} */ (same || next?.querySelector("a"));
  if (!target) return;
  event.preventDefault();
  target.focus();
});
