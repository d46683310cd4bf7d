// The page of the monitor, live: a look at processes and broker stands for some seconds on the server.
"use strict";

(() => {
  const part = document.getElementById("overview");
  const { from, tag, everyMs } = part.dataset;
  const put = page => {
    livePage.keep(part, () => part.replaceChildren(...page.body.childNodes));
    return true;
  };
  livePage.follow({ address: () => from, tag, put, leastMs: Number(everyMs) / 2, everyMs: Number(everyMs) });
})();
