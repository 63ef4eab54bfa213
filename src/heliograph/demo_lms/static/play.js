"use strict";
/**
 * The page a course plays in: puts the API where a course looks for it, shows the course, and lets the learner leave
 * so that the course's own last words still arrive, unless its quirks (quirks.py) say otherwise.
 */
(() => {
  const { Session, standard } = window.ReferenceLms;
  const launch = /** @type {ReferenceLms.Launch} */ (JSON.parse(/** @type {HTMLElement} */ (document.getElementById("launch")).textContent));
  const session = new Session(launch);
  const frame = /** @type {HTMLIFrameElement | null} */ (document.getElementById("content"));
  const state = /** @type {HTMLElement} */ (document.getElementById("state"));
  /** @type {Window | null} */
  let popup = null;

  window[standard.api] = session.api();

  session.onchange = (method, error) => {
    const word = { before: "not started", running: "running", after: "ended" }[session.state];
    state.textContent = `${word} · ${session.calls} call${session.calls === 1 ? "" : "s"}${error === "0" ? "" : ` · error ${error}`}`;
    state.className = error === "0" ? "" : "bad";
    if (method === standard.methods.finish && session.state === "after") setTimeout(follow, 0);
  };

  /** After Terminate the LMS does what the course asked it to do next (SCORM 2004 RTE 4.4). */
  const follow = () => {
    const request = session.model.values.get("adl.nav.request") ?? "_none_";
    const target = /^\{target=(.+)\}(choice|jump)$/.exec(request)?.[1];
    const step = { continue: 1, previous: -1 }[request];
    const next = target ? launch.items.find((item) => item.identifier === target) : step && launch.items[launch.position + step];
    if (next) leaveFor(next.url);
    else if (/^(exit|abandon|suspend)/.test(request) || step) leaveFor("");
  };

  const has = (/** @type {string} */ quirk) => quirk in launch.quirks;
  if (has("hangs_up_first")) addEventListener("pagehide", () => session.hangUp());

  /** Takes the course away while this page stays, so that its unload handlers still reach the API. */
  const leaveFor = (/** @type {string} */ address) => {
    const goOn = () => address && location.assign(address);
    if (frame && address && has("navigates_away")) return goOn();
    if (frame && has("removes_frame")) {
      frame.remove();
      session.hangUp();
      return goOn();
    }
    if (frame) {
      frame.addEventListener("load", goOn, { once: true });
      frame.src = "/left";
      return;
    }
    popup?.close();
    const waiting = setInterval(() => {
      if (popup && !popup.closed) return;
      clearInterval(waiting);
      goOn();
    }, 50);
  };

  const openWindow = () => {
    popup = window.open(launch.content, `sco-${launch.launch}`, "popup,width=1024,height=768");
    /** @type {HTMLElement} */ (document.getElementById("popup-text")).textContent = popup
      ? "The course is open in a window of its own. Keep this page open: it holds the connection to the LMS."
      : "The browser has not opened the window by itself. Open the course here, and keep this page open.";
  };

  document.addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("#leave, .contents a"));
    if (!link) return;
    event.preventDefault();
    leaveFor(link.href);
  });

  if (frame) frame.src = launch.content;
  else {
    /** @type {HTMLElement} */ (document.getElementById("open")).addEventListener("click", openWindow);
    openWindow();
  }
})();
