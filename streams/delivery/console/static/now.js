// The first page, live: new rows come in place of old ones, and what is chosen stays so. And its keys.
"use strict";

(() => {
  const list = document.getElementById("list");
  const bulk = document.getElementById("bulk");
  const news = document.getElementById("news");
  if (!list) return;

  const HIDDEN_MS = 30000;      // of a page that nobody looks at
  const MOST_SILENCED = 100;    // so many names a silence can have
  const MOST_SENT = 1500;       // so many fit into a form
  const STATE = "weathervane-now";
  const rows = () => [...list.querySelectorAll(".alert")].filter(row => row.checkVisibility());
  const boxes = () => [...list.querySelectorAll("input[name=alert]")];
  const title = document.title;

  // --- what is chosen

  // Ids, and what was shown of each when it was chosen: what others do meanwhile is a conflict, and
  // is said. An alert that leaves the page stays chosen: it is counted, and it is sent.
  const chosen = new Map();
  let active = null;            // the id of the alert that keys are about

  const idOf = box => box.value.split(":", 1)[0];
  // What a button chooses beside the alerts that stand on the page, by id.
  const restOf = button => new Map((button?.dataset.rest || "").split(" ").filter(Boolean).map(value => [value.split(":", 1)[0], value]));
  const tell = (id, n) => {
    const at = document.getElementById(id);
    at.textContent = at.dataset.text.replace("{n}", n);
    at.hidden = n === 0;
  };
  const noteChoice = () => {
    const here = new Set();
    for (const box of boxes()) {
      const id = idOf(box);
      here.add(id);
      if (!box.checked) chosen.delete(id); else if (!chosen.has(id)) chosen.set(id, box.value);
      box.closest(".alert")?.classList.toggle("chosen", box.checked);
    }
    for (const each of list.querySelectorAll(".choose")) {
      each.hidden = false;
      for (const id of restOf(each).keys()) here.add(id);
    }
    if (!bulk) return;
    const ids = [...chosen.keys()];
    tell("chosen", ids.length);
    tell("elsewhere", ids.filter(id => !here.has(id)).length);
    tell("most", ids.length > MOST_SENT ? MOST_SENT : 0);
    bulk.hidden = ids.length === 0;
    const silence = document.getElementById("silence");
    const about = ids.slice(0, MOST_SILENCED);
    silence.href = `/silences/new?${new URLSearchParams(about.map(id => ["alert", id]))}`;
    silence.textContent = about.length < ids.length ? silence.dataset.most.replace("{n}", MOST_SILENCED) : silence.dataset.all;
  };
  const chooseNone = () => {
    chosen.clear();
    for (const box of boxes()) box.checked = false;
    noteChoice();
  };
  const restoreChoice = () => {
    for (const box of boxes()) box.checked = chosen.has(idOf(box));
    noteChoice();
  };
  const setActive = (row, focus = true) => {
    for (const each of list.querySelectorAll(".alert[tabindex='0']")) each.tabIndex = -1;
    active = row ? row.dataset.alert : null;
    if (!row) return;
    row.tabIndex = 0;
    if (focus) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  };
  const activeRow = () => (active && document.getElementById(`a-${active}`)) || null;

  // --- the list in place of the one before

  const sources = new Map();    // what serve sent of each family
  const sourceOf = family => family.outerHTML.replace(/(<time[^>]*>)[^<]*/g, "$1");
  const note = () => {
    for (const each of list.querySelectorAll(".family")) sources.set(each.id, sourceOf(each));
  };
  const put = page => {
    const next = page.getElementById("live");
    if (!next) return false;
    const known = new Set([...list.querySelectorAll(".family")].map(each => each.id));
    livePage.keep(list, () => swap(document.adoptNode(next), known));
    const ids = new Set([...list.querySelectorAll(".family")].map(each => each.id));
    for (const id of [...sources.keys()]) if (!ids.has(id)) sources.delete(id);
    say([...ids].filter(id => !known.has(id)).length);
    return true;
  };
  const swap = (live, known) => {
    for (const next of live.querySelectorAll(".family")) {
      const source = sourceOf(next);
      const old = document.getElementById(next.id);
      if (old && sources.get(next.id) === source) next.replaceWith(old);
      else if (!known.has(next.id)) next.classList.add("fresh");
      sources.set(next.id, source);
    }
    document.getElementById("live").replaceWith(live);
    restoreChoice();
    setActive(activeRow(), false);
  };
  const say = fresh => {
    if (fresh) news.textContent = fresh === 1 ? news.dataset.one : `${news.dataset.many}: ${fresh}`;
    const waiting = document.getElementById("live").dataset.waiting;
    document.title = waiting === "0" ? title : `(${waiting}) ${title}`;
  };

  // --- forms: a page that comes back after a deed is where it was

  const remember = () => {
    const unfolded = [...list.querySelectorAll("details[open]")].map(each => each.id);
    const kept = { at: location.search, active, y: scrollY, unfolded };
    try { sessionStorage.setItem(STATE, JSON.stringify(kept)); } catch { /* it is of use only */ }
  };
  const recall = () => {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(STATE));
      sessionStorage.removeItem(STATE);
    } catch { /* as above */ }
    if (!kept || kept.at !== location.search) return;
    for (const each of list.querySelectorAll("details")) each.open = kept.unfolded.includes(each.id);
    active = kept.active;
    scrollTo(0, kept.y);
    setActive(activeRow());
  };
  bulk?.addEventListener("formdata", event => {
    event.formData.delete("alert");
    for (const seen of [...chosen.values()].slice(0, MOST_SENT)) event.formData.append("alert", seen);
  });
  document.getElementById("none")?.addEventListener("click", chooseNone);
  for (const id of ["bulk", "one"]) document.getElementById(id)?.addEventListener("submit", remember);
  const filters = document.getElementById("filters");
  filters.addEventListener("change", event => { if (event.target.matches("select")) filters.requestSubmit(); });
  filters.addEventListener("submit", () => {
    // What is not asked for is left out of the address.
    for (const each of filters.elements) if (!each.value || each.value === "in_progress" || each.value === "urgency") each.disabled = true;
    setTimeout(() => { for (const each of filters.elements) each.disabled = false; });
  });
  list.addEventListener("change", noteChoice);
  list.addEventListener("focusin", event => {
    const row = event.target.closest(".alert");
    if (row) setActive(row, false);
  });

  // --- keys

  const useKeys = document.getElementById("use-keys");
  const KEYS = "weathervane-keys";
  try { useKeys.checked = localStorage.getItem(KEYS) !== "off"; } catch { /* all keys, then */ }
  useKeys.addEventListener("change", () => {
    try { localStorage.setItem(KEYS, useKeys.checked ? "on" : "off"); } catch { /* until the next page */ }
  });

  const step = by => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(activeRow());
    setActive(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
  };
  const choose = row => {
    const box = row?.querySelector("input[name=alert]");
    if (box) { box.checked = !box.checked; noteChoice(); }
  };
  const chooseFamily = family => {
    if (!family) return;
    const all = [...family.querySelectorAll("input[name=alert]")];
    const rest = restOf(family.querySelector(".choose"));
    const held = all.every(box => box.checked) && [...rest.keys()].every(id => chosen.has(id));
    for (const box of all) box.checked = !held;
    for (const [id, value] of rest) if (held) chosen.delete(id); else if (!chosen.has(id)) chosen.set(id, value);
    noteChoice();
  };
  list.addEventListener("click", event => {
    if (event.target.matches(".choose")) chooseFamily(event.target.closest(".family") ?? list);
  });
  const chooseAll = () => {
    const seen = rows().map(row => row.querySelector("input[name=alert]")).filter(Boolean);
    const all = seen.every(box => box.checked);
    for (const box of seen) box.checked = !all;
    noteChoice();
  };
  const deed = what => {
    if (!bulk) return;
    if (!chosen.size) choose(activeRow());
    if (!chosen.size) return;
    const part = bulk.querySelector(`[data-do=${what}]`);
    if (part.matches("button")) bulk.requestSubmit(part); else part.focus();
  };
  const unfold = () => {
    const held = activeRow()?.closest(".family")?.querySelector("details");
    if (held) held.open = !held.open;
  };
  const DEEDS = {
    j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
    x: () => choose(activeRow()), X: () => chooseFamily(activeRow()?.closest(".family")), "*": chooseAll, f: unfold,
    a: () => deed("acknowledge"), m: () => deed("assign"), l: () => deed("label"), s: () => deed("snooze"),
    "/": () => document.getElementById("find").focus(),
    "?": () => { const keys = document.getElementById("keys"); keys.open = !keys.open; keys.scrollIntoView({ block: "nearest" }); },
    Escape: chooseNone,
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.target;
    if (event.key === "Escape" && at.closest("input, select, textarea")) { (activeRow() || document.body).focus(); at.blur(); return; }
    if (!useKeys.checked || at.closest("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "Enter" && at.matches(".alert")) { at.querySelector("a.title").click(); return; }
    const found = DEEDS[event.key];
    if (!found) return;
    event.preventDefault();
    found();
  });

  note();
  noteChoice();
  say(0);
  recall();
  const address = () => list.dataset.from + location.search;
  livePage.follow({ address, tag: list.dataset.tag, put, hiddenMs: HIDDEN_MS });
})();
