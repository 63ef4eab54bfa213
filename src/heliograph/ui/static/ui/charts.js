/**
 * Charts: each column or bar shows a card with its figures, by mouse, touch and keyboard.
 *
 * Without this script a chart is one picture with a title, and each column has a title of its own. Here it becomes one
 * stop of the key Tab, in which arrow keys, Home and End go from column to column; Escape closes the card.
 */

const BETWEEN = 8; // pixels between a column and its card
const PAGE = 7; // columns for the keys Page Up and Page Down: a week
const CHARTS = "svg.chart[data-labels]";

const card = document.createElement("div");
card.className = "chart-card";
card.id = "chart-card";
card.popover = "manual";
card.setAttribute("role", "tooltip");
document.body.append(card);

/** @param {ParentNode} part of the page */
function prepareAll(part) {
  part.querySelectorAll(CHARTS).forEach((chart) => prepare(/** @type {SVGSVGElement} */ (chart)));
}

/** @param {SVGSVGElement} chart */
function prepare(chart) {
  const points = pointsOf(chart);
  if (!points.length || chart.hasAttribute("aria-roledescription")) return;
  chart.setAttribute("role", "application");
  chart.setAttribute("aria-roledescription", "chart");
  for (const point of points) {
    point.querySelector("title")?.remove();
    point.setAttribute("role", "img");
    point.setAttribute("aria-label", point.dataset.name ?? "");
    point.setAttribute("aria-describedby", card.id);
    point.tabIndex = -1;
  }
  /** @type {SVGElement} */ (points.at(-1)).tabIndex = 0;
  chart.addEventListener("keydown", (event) => pressed(event, points));
  chart.addEventListener("pointermove", (event) => show(pointAt(event, chart, points)));
  chart.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    focus(pointAt(event, chart, points), points);
  });
  chart.addEventListener("pointerleave", () => {
    const focused = points.find((point) => point === document.activeElement);
    if (focused) show(focused);
    else hide();
  });
}

/**
 * @param {SVGSVGElement} chart
 * @returns {SVGElement[]}
 */
function pointsOf(chart) {
  return [.../** @type {NodeListOf<SVGElement>} */ (chart.querySelectorAll(".hover"))];
}

/**
 * The column or bar at the pointer's place. A finger keeps hold of the one where it began, so places are compared.
 * @param {PointerEvent} event
 * @param {SVGSVGElement} chart
 * @param {SVGElement[]} points
 * @returns {SVGElement}
 */
function pointAt(event, chart, points) {
  const first = points[0].getBoundingClientRect();
  const last = /** @type {SVGElement} */ (points.at(-1)).getBoundingClientRect();
  const share = chart.classList.contains("list")
    ? (event.clientY - first.top) / (last.bottom - first.top)
    : (event.clientX - first.left) / (last.right - first.left);
  return points[Math.min(points.length - 1, Math.max(0, Math.floor(share * points.length)))];
}

/**
 * @param {KeyboardEvent} event
 * @param {SVGElement[]} points
 */
function pressed(event, points) {
  const at = points.indexOf(/** @type {SVGElement} */ (event.target));
  const end = points.length - 1;
  /** @type {Record<string, number>} */
  const places = {
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    PageDown: at + PAGE,
    PageUp: at - PAGE,
    Home: 0,
    End: end,
  };
  if (event.key === "Escape") hide();
  if (at < 0 || !(event.key in places) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  focus(points[Math.min(end, Math.max(0, places[event.key]))], points);
}

/**
 * @param {SVGElement} point
 * @param {SVGElement[]} points
 */
function focus(point, points) {
  for (const other of points) other.tabIndex = other === point ? 0 : -1;
  write(point); // before a screen reader asks for it
  point.focus({ preventScroll: true });
  show(point);
}

/** @param {SVGElement} point */
function show(point) {
  if (!point.matches(".hover")) return;
  write(point);
  document.querySelectorAll(".hover.shown").forEach((other) => other.classList.remove("shown"));
  point.classList.add("shown");
  card.showPopover();
  place(point);
}

/** @param {SVGElement} point whose card stands above it, or below where there is no room */
function place(point) {
  const at = point.getBoundingClientRect();
  const left = at.left + at.width / 2 - card.offsetWidth / 2;
  const above = at.top - card.offsetHeight - BETWEEN;
  const right = document.documentElement.clientWidth - card.offsetWidth - BETWEEN;
  const top = above >= BETWEEN ? above : at.bottom + BETWEEN;
  card.style.inset = `${top}px auto auto ${Math.max(BETWEEN, Math.min(left, right))}px`;
}

function hide() {
  document.querySelectorAll(".hover.shown").forEach((point) => point.classList.remove("shown"));
  card.hidePopover();
}

/** @param {SVGElement} point */
function write(point) {
  const labels = point.ownerSVGElement?.dataset.labels?.split("|") ?? [];
  const { name = "", figures = "", before = "", beforeName = "", notes = "" } = point.dataset;
  const then = before.split("|");
  const list = element("dl", "");
  figures.split("|").forEach((figure, place) => {
    const value = element("dd", `${figure} `);
    if (then[place]) value.append(element("small", `(${then[place]})`));
    list.append(element("dt", labels[place] ?? ""), value);
  });
  const parts = [element("b", name), list];
  if (before) parts.push(element("small", beforeName));
  for (const note of notes.split("\n")) if (note) parts.push(element("p", note));
  card.replaceChildren(...parts);
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {HTMLElement}
 */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

prepareAll(document);
document.addEventListener("htmx:load", (event) => prepareAll(/** @type {Element} */ (event.target)));
// A chart that listened to these itself would be a stop of the key Tab itself.
document.addEventListener("focusin", (event) => {
  const point = /** @type {SVGElement} */ (event.target);
  if (point.matches(`${CHARTS} .hover`)) show(point);
});
document.addEventListener("focusout", (event) => {
  if (/** @type {Element} */ (event.target).matches(`${CHARTS} .hover`)) hide();
});
const follow = () =>
  document.querySelectorAll(".hover.shown").forEach((point) => place(/** @type {SVGElement} */ (point)));
addEventListener("scroll", follow, { passive: true, capture: true });
