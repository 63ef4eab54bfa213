/**
 * The learner leaves the page: what the course says while its page goes is heard before everybody around it has said goodbye.
 *
 * Browsers say goodbye outermost first: LMS, stub, player, course. So a course that reports in its `unload` reports when nobody listens any more. But every
 * frame is asked (`beforeunload`) before any frame goes, and messages still arrive then. So the course is ended in that moment, after its own answer to the
 * question: its windows, which are of this origin, get `pagehide` and `unload` from here. Should the page live on, because somebody chose to stay, the course
 * is given back where the learner was. No browser says that somebody stayed, and an LMS may take its time to answer its exit link. So it is given back to
 * who does something in this page, or still looks at it after a minute. The player uses this, and the wrapper in embedded packages.
 *
 * Of `top.close()` browsers ask nobody where the top window is of another process, as with a hosted course in a pop-up. But that window calls itself closed
 * at once, and goes only when this process has nothing more to do. So whatever a learner does in the course is followed by a look at it.
 */

const UNLOAD = "heliograph:unload"; // what is fired where the browser does not: see `keepUnload`
const LIVES_ON = 3000; // milliseconds in which most pages are gone: who does something here has stayed, but what is going is not begun anew before
const LOOKED_AT = 60_000; // milliseconds after which a page that is still visible has stayed
const LOOKS_EVERY = 500; // milliseconds: a page may be used before it has loaded
const ARRIVES_WITHIN = 60_000; // milliseconds, or what was to be shown in a frame is no page
const PRESENT = ["pointerdown", "keydown", "touchstart", "wheel"]; // what only somebody who is here does
const CLOSES_ON = ["click", "keydown", "pointerup", "touchend"];
const HOLDS = 150; // milliseconds: a message to the page around takes a few

export class Leaving {
  /**
   * @param {{ frame: () => HTMLIFrameElement | null, onEnding: () => void, onEnded: () => void, onStayed: () => void }} options `onEnding`: before the course
   *   speaks; `onEnded`: it has said all; `onStayed`: the page lives on
   */
  constructor({ frame, onEnding, onEnded, onStayed }) {
    this.frame = frame;
    this.onEnding = onEnding;
    this.onStayed = onStayed;
    this.onEnded = onEnded;
    this.ended = false;
    this.askedAt = 0; // when the page was about to go
    this.present = false; // somebody has done something here since
    this.wasAsked = false; // some browsers ask nobody, as phones, or where a script closes the window
    window.addEventListener("beforeunload", () => this.asked());
    window.addEventListener("pagehide", () => this.end()); // where nobody was asked: on phones, or where the page around ours removes the frame
    window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from the cache: the course was ended
    /** @type {WeakSet<Document>} */
    this.heard = new WeakSet();
    const turns = new MessageChannel(); // a course may let no event pass; its turn comes before the window goes
    turns.port1.onmessage = () => this.closes();
    this.looks = [() => this.closes(), () => turns.port2.postMessage(0)];
    this.sign = (/** @type {Event} */ event) => {
      this.present ||= event.isTrusted;
    };
    this.watchFor(window);
    this.follow = () => this.listen();
    document.addEventListener("load", this.follow, true); // a frame has its page
    document.addEventListener("visibilitychange", (event) => document.visibilityState === "visible" && this.sign(event));
    setInterval(() => {
      this.listen();
      if (this.stayed()) this.stay();
    }, LOOKS_EVERY);
  }

  /** @param {Window} view */
  watchFor(view) {
    for (const type of PRESENT) view.addEventListener(type, this.sign, { capture: true, passive: true });
  }

  /** Hear what the learner does in the course: before its own handlers, and after them. */
  listen() {
    for (const view of courseWindows(this.frame())) {
      if (this.heard.has(view.document)) continue;
      this.heard.add(view.document);
      this.watchFor(view);
      view.document.addEventListener("load", this.follow, true); // its own frames
      for (const type of CLOSES_ON) this.looks.forEach((look, place) => view.addEventListener(type, look, place === 1));
    }
  }

  /** Where the course has closed the window, its last words are said, and the window is held until they have left this process. */
  closes() {
    if (this.ended || !window.top?.closed) return;
    this.end();
    const until = performance.now() + HOLDS;
    for (let turn = 0; turn < 1e8 && performance.now() < until; turn += 1);
  }

  /** The course is asked after us; when the last of its windows has answered, it ends. */
  asked() {
    if (this.ended) return;
    this.wasAsked = true;
    this.going();
    const last = courseWindows(this.frame()).at(-1);
    if (!last) return this.end();
    last.addEventListener("beforeunload", () => this.end(), { once: true });
  }

  /** The page around ours goes, and the browser does not ask this one. */
  parting() {
    if (this.ended) return;
    this.going();
    this.end();
  }

  going() {
    this.askedAt = performance.now();
    this.present = false;
    this.listen();
  }

  /** Whether the page was about to go, and somebody is still here. */
  stayed() {
    const since = this.askedAt && performance.now() - this.askedAt;
    return this.present ? since > LIVES_ON : since > LOOKED_AT && document.visibilityState === "visible";
  }

  stay() {
    this.ended = this.wasAsked = false;
    this.askedAt = 0;
    this.onStayed();
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    this.onEnding();
    for (const view of courseWindows(this.frame())) sayGoodbye(view, this.wasAsked);
    this.onEnded();
  }
}

/** What a window hears when its page goes, where the browser does not say it itself. @param {Window} view @param {boolean} asked whether it was asked */
function sayGoodbye(view, asked) {
  if (!asked) view.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  view.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: false }));
  view.dispatchEvent(new Event("unload"));
  view.dispatchEvent(new Event(UNLOAD));
}

/**
 * Some browsers no longer fire `unload`, nor take anybody who wants to hear it (Permissions Policy `unload`), and a course that reports there would never
 * report. Call it when the frame has been given an address: each page in it of this origin is heard from before its first script.
 * @param {HTMLIFrameElement} frame
 */
export function keepUnload(frame) {
  const policy = document.featurePolicy;
  if (!policy?.features?.().includes("unload") || policy.allowsFeature("unload")) return;
  const before = frame.contentDocument;
  const until = performance.now() + ARRIVES_WITHIN;
  const turns = new MessageChannel(); // a new page is there a turn before its first script runs; timers are too slow to see it
  turns.port1.onmessage = () => {
    const page = frame.contentDocument;
    if (page === before && frame.isConnected && performance.now() < until) turns.port2.postMessage(0);
    else if (page && page !== before && frame.contentWindow) hearUnload(frame, frame.contentWindow);
  };
  turns.port2.postMessage(0);
}

/** @param {HTMLIFrameElement} frame @param {any} view its window */
function hearUnload(frame, view) {
  const add = view.addEventListener.bind(view);
  /** @type {any} */
  let handler = null;
  view.addEventListener = (/** @type {string} */ type, /** @type {any} */ listener, /** @type {any} */ options) =>
    add(type === "unload" ? UNLOAD : type, listener, options);
  const property = { get: () => handler, set: (/** @type {any} */ given) => (handler = given), configurable: true };
  for (const place of [view, view.HTMLBodyElement.prototype, view.HTMLFrameSetElement.prototype]) Object.defineProperty(place, "onunload", property);
  add(UNLOAD, (/** @type {Event} */ event) => (handler ?? writtenHandler(view))?.call(view, event));
  hearFramesOf(view.document);
  add("pagehide", (/** @type {Event} */ event) => {
    if (!event.isTrusted) return;
    view.dispatchEvent(new Event(UNLOAD));
    keepUnload(frame);
  });
}

/** What stands in the page's own tag, as in `<body onunload="finish()">`: a handler of the window, which sees no names but the global ones. @param {any} view */
function writtenHandler(view) {
  const text = view.document.body?.getAttribute("onunload");
  return text ? new view.Function("event", text) : null;
}

/** The frames of a page, as they come and are given an address. @param {Document} page */
function hearFramesOf(page) {
  const heard = new WeakSet();
  const hear = () => {
    for (const frame of page.querySelectorAll("iframe[src], frame[src]")) {
      if (heard.has(frame) || /^(about|javascript|data):/i.test(frame.getAttribute("src") ?? "")) continue;
      heard.add(frame);
      keepUnload(/** @type {HTMLIFrameElement} */ (frame));
    }
  };
  new MutationObserver(hear).observe(page, { childList: true, subtree: true, attributeFilter: ["src"] });
  hear();
}

/** The windows of a course that are ours to speak with, outermost first. @param {HTMLIFrameElement | null} frame @returns {Window[]} */
function courseWindows(frame) {
  return frame?.contentWindow && frame.getAttribute("src") ? ofThisOrigin(frame.contentWindow) : [];
}

/** @param {Window} view @returns {Window[]} */
function ofThisOrigin(view) {
  try {
    if (!view.document) return [];
    return [view, ...Array.from({ length: view.length }, (_, place) => ofThisOrigin(view[place])).flat()];
  } catch {
    return []; // a page of another origin
  }
}
