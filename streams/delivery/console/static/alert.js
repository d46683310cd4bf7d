// The page of an alert, live: when serve says that something has changed, it asks for itself again,
// and puts new parts in place of old ones, but for those in which somebody writes or chooses.
"use strict";

(() => {
  const LEAST_MS = 1000;        // between two questions
  const ALWAYS_MS = 60000;      // a bucket may close without a word
  let alert = document.getElementById("alert");
  if (!alert) return;
  let tag = alert.dataset.tag, asking = false, again = false, askedAt = 0, timer = 0, stream = null;

  const isBusy = part =>
    (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button, summary")) ||
    part.querySelector(".erase[open]") ||
    [...part.querySelectorAll("input:not([type=hidden])")].some(one => one.value !== one.defaultValue);

  const put = page => {
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!next || isBusy(part)) continue;
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
      const answer = await fetch(location.href, { headers: { "If-None-Match": tag, "X-Live": "1" }, cache: "no-store" });
      if (answer.status === 200 && !answer.redirected) {
        put(new DOMParser().parseFromString(await answer.text(), "text/html"));
        tag = answer.headers.get("ETag") || "";
      }
    } catch { /* the stream comes again, and then it is asked again */ }
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
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", hang);
  addEventListener("submit", hang);
  addEventListener("pageshow", event => { if (event.persisted) follow(); });
  setInterval(() => { if (!document.hidden) ask(); }, ALWAYS_MS);
  follow();
})();
