// The page of an entity: what detection answers comes in place once it is there, without a reload.
"use strict";

(() => {
  const main = document.getElementById("main");
  if (!main?.querySelector("[data-waits]")) return;
  const put = async answer => {
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    livePage.keep(main, () => main.replaceChildren(...document.adoptNode(page.getElementById("main")).childNodes));
  };
  // Without an answer the page says how to ask again.
  fetch(location.href, { headers: { "X-Live": "1" }, cache: "no-store" }).then(put).catch(() => {});
})();
