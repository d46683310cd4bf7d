// What live pages have in common. A page follows serve's word that something has changed, asks for
// what it shows, not too often, puts it in place of what stands there, and says when it may be old.
"use strict";

const livePage = (() => {
  const EVENTS = "/console/events";
  const MOST_MS = 15000;        // for an answer
  const AGAIN_MS = 3000;        // after one that failed
  const TOP_PX = 60;            // so far down, a page that grows above is scrolled with it

  // --- a place on a page that outlasts its nodes: the nearest id, and the way down from there

  const placeOf = node => {
    const way = [];
    let at = node;
    while (at.parentNode && !at.id) {
      way.unshift([...at.parentNode.childNodes].indexOf(at));
      at = at.parentNode;
    }
    return { id: at.id, way, like: likenessOf(node) };
  };
  const likenessOf = node => node.data ?? `${node.tagName} ${node.href ?? node.name ?? ""}`;
  const nodeAt = ({ id, way, like }) => {
    let at = document.getElementById(id);
    for (const n of way) at = at?.childNodes[n];
    return at && likenessOf(at) === like ? at : null;
  };

  // A button that has gone leaves the row that it was in.
  const found = place => nodeAt(place) ?? document.getElementById(place.id);

  const anchorIn = root => {
    if (root.contains(document.activeElement)) return document.activeElement;
    if (scrollY <= TOP_PX) return null;
    const isSeen = each => {
      const { top } = each.getBoundingClientRect();
      return top >= 0 && top < innerHeight && each.checkVisibility();
    };
    return [...root.querySelectorAll("[id]")].find(isSeen) ?? null;
  };

  // Swap something below `root`, and leave whoever reads it where they are: focus, selection, what
  // is unfolded, and the place on the page.
  const keep = (root, swap) => {
    const focused = root.contains(document.activeElement) ? placeOf(document.activeElement) : null;
    const chosen = getSelection();
    const isChosen = !chosen.isCollapsed && (root.contains(chosen.anchorNode) || root.contains(chosen.focusNode));
    const from = isChosen ? placeOf(chosen.anchorNode) : null, to = isChosen ? placeOf(chosen.focusNode) : null;
    const offsets = [chosen.anchorOffset, chosen.focusOffset];
    const unfolded = [...root.querySelectorAll("details[open]")].map(placeOf);
    const anchor = anchorIn(root);
    const stood = anchor && { place: placeOf(anchor), top: anchor.getBoundingClientRect().top };

    swap();

    for (const place of unfolded) nodeAt(place)?.setAttribute("open", "");
    const after = stood && found(stood.place);
    if (after) scrollBy(0, after.getBoundingClientRect().top - stood.top);
    if (focused) found(focused)?.focus({ preventScroll: true });
    const begin = from && nodeAt(from), end = to && nodeAt(to);
    if (begin && end) getSelection().setBaseAndExtent(begin, offsets[0], end, offsets[1]);
    document.dispatchEvent(new Event("console:shown"));
  };

  // --- when a page asks

  // `address()` is asked with `headers`, and has `tag` already; `put(page)` shows an answer, and
  // returns whether all of it: if not, it is asked for again whole. It is asked for when serve says
  // so, at most each `leastMs`; each `everyMs` without a word; each `hiddenMs`, if that is given,
  // while nobody looks at the page. Returns what asks at once.
  const follow = ({ address, headers = {}, tag = "", put, leastMs = 1000, everyMs = 60000, hiddenMs = 0 }) => {
    const lost = document.getElementById("lost");
    let asking = false, again = false, askedAt = -leastMs, timer = 0, stream = null, poll = 0;

    const askIn = ms => { timer ||= setTimeout(() => { timer = 0; ask(); }, ms); };
    const take = async answer => {
      if (answer.redirected || [401, 403, 404].includes(answer.status)) { location.reload(); return; }
      if (answer.status === 200) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        tag = put(page) ? answer.headers.get("ETag") ?? "" : "";
      } else if (answer.status !== 304 && answer.status !== 204) throw new Error(String(answer.status));
      lost.hidden = true;
    };
    const ask = async () => {
      if (asking) { again = true; return; }
      const wait = askedAt + leastMs - performance.now();
      if (wait > 0) { askIn(wait); return; }
      asking = true;
      askedAt = performance.now();
      try {
        const known = tag ? { "If-None-Match": tag } : {};
        await take(await fetch(address(), { headers: { ...headers, ...known }, cache: "no-store", signal: AbortSignal.timeout(MOST_MS) }));
      } catch {
        lost.hidden = false;
        askIn(AGAIN_MS);
      }
      asking = false;
      if (again) { again = false; ask(); }
    };

    // A browser has six connections to a host: a page that nobody looks at, or that is being left
    // by a form, gives its own back.
    const hang = () => { stream?.close(); stream = null; };
    const listen = () => {
      hang();
      if (document.hidden) return;
      stream = new EventSource(EVENTS);
      stream.onmessage = ask;
      stream.onopen = ask;
      stream.onerror = () => {
        lost.hidden = false;
        if (stream?.readyState === EventSource.CLOSED) { hang(); setTimeout(listen, AGAIN_MS); }
      };
    };
    const begin = () => {
      clearInterval(poll);
      const ms = document.hidden ? hiddenMs : everyMs;
      poll = ms ? setInterval(ask, ms) : 0;
      listen();
    };
    document.addEventListener("visibilitychange", begin);
    addEventListener("pagehide", hang);
    addEventListener("submit", () => { hang(); setTimeout(listen, AGAIN_MS); });
    begin();
    return ask;
  };

  return { follow, keep };
})();
