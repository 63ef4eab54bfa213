/**
 * Our own activity for a PDF, a sound or a film: it speaks SCORM 2004 with the player as any course does, and reports how much was seen or heard.
 * A page counts as seen when half of it was on the screen; a second counts as watched when it was played. All of it completes the course.
 */

const COMPLETE_FROM = 0.95;
const { standard, file, pages, title } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const medium = /** @type {HTMLElement} */ (document.getElementById("medium"));
const api = /** @type {CourseApi} */ (window.parent.API_1484_11);
document.title = title;

/** What was seen, one character each: 1 for seen. Kept in suspend_data, so that the next sitting adds to it. */
class Seen {
  /** @param {number} count */
  constructor(count) {
    const before = api.GetValue("cmi.suspend_data");
    this.marks = Array.from({ length: count }, (_, place) => before[place] === "1");
    this.dirty = false;
  }

  /** @param {number} place */
  mark(place) {
    if (this.marks[place] !== false) return;
    this.marks[place] = true;
    this.dirty = true;
  }

  get share() {
    return this.marks.filter(Boolean).length / this.marks.length;
  }

  report() {
    if (!this.dirty) return;
    this.dirty = false;
    api.SetValue("cmi.suspend_data", this.marks.map((seen) => (seen ? "1" : "0")).join(""));
    api.SetValue("cmi.progress_measure", String(Number(this.share.toFixed(4))));
    api.SetValue("cmi.completion_status", this.share >= COMPLETE_FROM ? "completed" : "incomplete");
  }
}

async function document_() {
  /** @type {{ width: number, height: number, text: string }[]} */
  const index = await (await fetch(`${pages}index.json`)).json();
  const seen = new Seen(index.length);
  const place = document.createElement("div");
  place.id = "place";
  const watch = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((entry) => entry.isIntersecting)) {
        const number = Number(/** @type {HTMLElement} */ (entry.target).dataset.page);
        seen.mark(number - 1);
        place.textContent = `${number} of ${index.length}`;
        api.SetValue("cmi.location", String(number));
      }
      seen.report();
    },
    { threshold: 0, rootMargin: "-50% 0px -50% 0px" },
  );
  index.forEach(({ width, height, text }, at) => {
    const figure = document.createElement("figure");
    figure.dataset.page = String(at + 1);
    const picture = Object.assign(document.createElement("img"), { width, height, loading: "lazy", src: `${pages}${at + 1}.webp`, alt: `Page ${at + 1}` });
    const words = document.createElement("div");
    words.className = "read";
    words.textContent = text;
    figure.append(picture, words);
    medium.append(figure);
    watch.observe(figure);
  });
  medium.append(place);
  const resumed = Number(api.GetValue("cmi.location"));
  if (resumed > 1) medium.querySelector(`[data-page="${resumed}"]`)?.scrollIntoView();
  // The last page of a document may be too short to reach the middle of the screen.
  window.addEventListener("scroll", () => {
    if (window.innerHeight + window.scrollY < document.body.scrollHeight - 8) return;
    seen.mark(index.length - 1);
    seen.report();
  });
}

function player() {
  const video = standard === "mp4";
  const element = /** @type {HTMLMediaElement} */ (document.createElement(video ? "video" : "audio"));
  Object.assign(element, { src: file, controls: true, preload: "metadata", title });
  medium.className = "single";
  medium.append(element);
  element.addEventListener("loadedmetadata", () => {
    const seconds = Math.max(1, Math.ceil(element.duration));
    const seen = new Seen(Number.isFinite(seconds) ? seconds : 1);
    element.currentTime = Math.min(Number(api.GetValue("cmi.location")) || 0, Math.max(0, element.duration - 2));
    let last = element.currentTime;
    const noted = () => {
      // Only what was played counts, not what was jumped over.
      if (element.currentTime - last < 2 * element.playbackRate) for (let at = Math.floor(last); at < element.currentTime; at += 1) seen.mark(at);
      last = element.currentTime;
    };
    element.addEventListener("timeupdate", noted);
    const told = () => {
      noted();
      api.SetValue("cmi.location", element.currentTime.toFixed(1));
      seen.report();
    };
    for (const moment of ["pause", "ended", "seeking"]) element.addEventListener(moment, told);
    setInterval(() => element.paused || told(), 5000);
  }, { once: true });
}

const begun = Date.now();
api.Initialize("");
api.SetValue("cmi.exit", "suspend");
if (api.GetValue("cmi.completion_status") === "unknown") api.SetValue("cmi.completion_status", "incomplete");
window.addEventListener("unload", () => {
  const seconds = Math.round((Date.now() - begun) / 1000);
  api.SetValue("cmi.session_time", `PT${Math.floor(seconds / 3600)}H${Math.floor(seconds / 60) % 60}M${seconds % 60}S`);
  api.Terminate("");
});
if (standard === "pdf") await document_();
else player();
