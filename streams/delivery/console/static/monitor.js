// The page of the monitor stays as it is on the server: every 10 s it asks for what has changed.
"use strict";

(() => {
  const part = document.getElementById("overview");
  if (!part) return;
  let tag = "";
  const unfolded = () => [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
  const isRead = () => {
    const selection = getSelection();
    return !selection.isCollapsed && part.contains(selection.anchorNode);
  };
  const show = (html) => {
    const open = unfolded();
    const focused = part.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : "";
    part.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.querySelector("summary, a")?.focus({ preventScroll: true });
  };
  const refresh = async () => {
    if (document.hidden || isRead()) return;
    const answer = await fetch(part.dataset.part, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status !== 200 || answer.redirected) return;
    tag = answer.headers.get("ETag") ?? "";
    show(await answer.text());
  };
  setInterval(() => refresh().catch(() => {}), Number(part.dataset.everyMs));
})();
