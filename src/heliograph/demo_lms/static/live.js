"use strict";
/** Keeps an attempt's page as fresh as the attempt: asks every second for what has changed since it last looked. */
(() => {
  const live = /** @type {HTMLElement} */ (document.getElementById("live"));
  const stamp = () => /** @type {string} */ (/** @type {HTMLElement} */ (live.querySelector("[data-stamp]")).dataset.stamp);

  const look = async () => {
    try {
      const answer = await fetch(`${live.dataset.url}?seen=${encodeURIComponent(stamp())}`);
      if (answer.status === 200) live.innerHTML = await answer.text();
    } catch {
      // The LMS is away for a moment; the next look finds it again.
    }
    setTimeout(look, document.hidden ? 5000 : 1000);
  };

  setTimeout(look, 1000);
})();
