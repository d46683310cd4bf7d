// The page of an alert, live: when serve says that something has changed, it asks for itself again,
// and puts new parts in place of old ones, but for those in which somebody writes or chooses.
"use strict";

(() => {
  const LEAST_MS = 1000;        // between two questions
  const MOST_MS = 15000;        // for an answer
  const ALWAYS_MS = 60000;      // a bucket may close without a word
  let alert = document.getElementById("alert");
  if (!alert) return;
  const lost = document.getElementById("lost");
  let isLeft = false;           // a part waits until nobody uses it
  let tag = alert.dataset.tag, asking = false, again = false, askedAt = 0, timer = 0, stream = null;

  const isBusy = part =>
    (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button, summary")) ||
    part.querySelector(".erase[open]") ||
    [...part.querySelectorAll("input:not([type=hidden])")].some(one => one.value !== one.defaultValue);

  const put = page => {
    isLeft = false;
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!next) continue;
      if (isBusy(part)) { isLeft = true; continue; }
      const unfolded = [...part.querySelectorAll("details")].map(one => one.open);
      next.querySelectorAll("details").forEach((one, n) => { one.open = unfolded[n] ?? false; });
      part.replaceWith(document.adoptNode(next));
    }
    alert = document.getElementById("alert");
    document.title = page.title;
  };

  const ask = async () => {
    if (asking) { again = true; return; }
    const wait = askedAt + LEAST_MS - performance.now();
    if (wait > 0) { timer ||= setTimeout(() => { timer = 0; ask(); }, wait); return; }
    asking = true;
    askedAt = performance.now();
    try {
      const answer = await fetch(location.href, { headers: { "If-None-Match": tag, "X-Live": "1" }, cache: "no-store", signal: AbortSignal.timeout(MOST_MS) });
      if (answer.status === 200 && !answer.redirected) {
        put(new DOMParser().parseFromString(await answer.text(), "text/html"));
        // Where a part was left as it was, the page is not yet what the answer was.
        tag = isLeft ? "" : answer.headers.get("ETag") || "";
      } else if (answer.redirected || [401, 403, 404].includes(answer.status)) {
        location.reload();
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      lost.hidden = true;
    } catch {
      lost.hidden = false;
      setTimeout(ask, 3 * LEAST_MS);
    }
    asking = false;
    if (again) { again = false; ask(); }
  };

  // A page that nobody looks at gives its connection back.
  const hang = () => { if (stream) stream.close(); stream = null; };
  const follow = () => {
    hang();
    if (document.hidden) return;
    stream = new EventSource("/console/events");
    stream.onmessage = ask;
    stream.onopen = ask;
    stream.onerror = () => {
      lost.hidden = false;
      if (stream && stream.readyState === EventSource.CLOSED) { hang(); setTimeout(follow, 3 * LEAST_MS); }
    };
  };
  // What was left is asked for again as soon as nobody uses it any more.
  for (const type of ["focusout", "input", "reset", "toggle"]) {
    document.addEventListener(type, () => setTimeout(() => { if (isLeft) ask(); }), true);
  }
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", hang);
  addEventListener("submit", hang);
  addEventListener("pageshow", event => { if (event.persisted) follow(); });
  setInterval(() => { if (!document.hidden) ask(); }, ALWAYS_MS);
  follow();
})();
