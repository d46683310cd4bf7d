// What every page of the console has live. Each page works without it.
"use strict";

// "5 min ago" stays true while a page is open. What is older than 30 days stays a date.
(() => {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short", numeric: "always" });
  const refresh = () => {
    for (const each of document.querySelectorAll("time[data-ago]")) {
      const seconds = Math.max(0, (Date.now() - Date.parse(each.dateTime)) / 1000);
      if (seconds >= 30 * 86400) continue;
      const [unit, size] = units.find(([, size]) => seconds >= size) ?? units[3];
      const said = words.format(-Math.floor(seconds / size), unit);
      if (each.textContent !== said) each.textContent = said;
    }
  };
  refresh();
  setInterval(refresh, 5000);
  document.addEventListener("console:shown", refresh);
})();

// A page that the browser brings back as it was (back, forward) holds forms that were sent: it is
// loaded again, so that what is sent from it next is a new deed.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
