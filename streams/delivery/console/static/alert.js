// The page of an alert, live: new parts come in place of old ones, but for those in which somebody
// writes or chooses.
"use strict";

(() => {
  const alert = document.getElementById("alert");
  if (!alert) return;
  let isLeft = false;           // a part waits until nobody uses it

  const isBusy = part =>
    (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button, summary")) ||
    part.querySelector(".erase[open]") ||
    [...part.querySelectorAll("input:not([type=hidden])")].some(one => one.value !== one.defaultValue);

  const put = page => {
    isLeft = false;
    livePage.keep(document.getElementById("main"), () => {
      for (const part of document.querySelectorAll("[data-part]")) {
        const next = page.querySelector(`[data-part="${part.dataset.part}"]`);
        if (!next) continue;
        if (isBusy(part)) isLeft = true; else part.replaceWith(document.adoptNode(next));
      }
    });
    document.title = page.title;
    return !isLeft;             // where a part was left, the page is not yet what the answer was
  };
  const ask = livePage.follow({ address: () => location.href, headers: { "X-Live": "1" }, tag: alert.dataset.tag, put });

  // What was left is asked for again as soon as nobody uses it any more.
  for (const type of ["focusout", "input", "reset", "toggle"]) {
    document.addEventListener(type, () => setTimeout(() => { if (isLeft) ask(); }), true);
  }
})();
