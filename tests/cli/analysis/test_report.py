"""``weathervane report``: one file that opens anywhere, whatever names are in it."""

from __future__ import annotations

import csv
import html
import html.parser
import re
from pathlib import Path

import pytest

from streams.analysis.injection.drawing import RATIOS
from streams.analysis.report.detection_rate import times_usual
from tests.analysis.report.browser import Browser, chromium
from tests.cli import archives
from tests.cli.cli import Cli

NAMES = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "短信 & 'co'")
LABELS = f"""entity,start,end
"sender/{NAMES[0]}",2026-03-16,2026-03-19
sender/s9,2026-03-20,2026-03-20
"""
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(html.parser.HTMLParser):
    """A page taken apart: its elements with their attributes, its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def attributes_of(self, name: str) -> list[dict[str, str | None]]:
        """Attributes of all elements of a name."""
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of senders with ugly names, and its report with labels."""
    place = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        cli = Cli(patch)
        archives.record(cli, place, NAMES)
        (place / "labels.csv").write_text(LABELS)
        result = cli(
            "report", "--over", place / "ar", "--config", place / "a.toml",
            "--labels", place / "labels.csv", "--out", place / "report.html",
        )  # fmt: skip
        assert result.exit_code == 0, result.output
    return place


@pytest.fixture
def text(recorded: Path) -> str:
    return (recorded / "report.html").read_text("utf-8")


@pytest.fixture
def cli(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(recorded)
    return Cli(monkeypatch)


def test_the_file_is_whole_and_needs_nothing_else(text: str) -> None:
    """Every element ends; nothing is loaded, run or sent, and the page itself forbids it."""
    page = Page(text)
    names = {tag for tag, _ in page.elements}
    assert names.isdisjoint({"script", "img", "link", "iframe", "object", "form", "base"})
    assert {"src", "href", "style", "onload", "onerror"}.isdisjoint(
        attribute for _, attributes in page.elements for attribute in attributes
    )
    assert "url(" not in text
    assert "@import" not in text
    assert re.findall(r"\w+://\S+", text) == []
    (policy,) = [meta["content"] for meta in page.attributes_of("meta") if "http-equiv" in meta]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_names_stay_names(text: str) -> None:
    """A sender may be called anything: it is shown as it is called, and never becomes the page."""
    page = Page(text)
    assert NAMES[0] in page.words
    assert "<script" not in text
    assert "<img" not in text


def test_readers_who_do_not_see_have_words_and_figures(text: str) -> None:
    """Each plot has a title, and what it shows in words or a table; columns have heads."""
    page = Page(text)
    svgs = re.findall(r"<svg .*?</svg>", text, re.DOTALL)
    assert len(svgs) > 10
    for svg in svgs:
        assert re.search(r'role="img"><title>[^<]+</title>', svg)
        assert 'class="spark"' in svg or re.search(r"<desc>[^<]+</desc>", svg)
    assert len(page.attributes_of("details")) == 4
    assert all(cell.get("scope") == "col" for cell in page.attributes_of("th"))
    assert ("html", {"lang": "en"}) in page.elements


def test_it_says_what_was_recorded_and_found(text: str) -> None:
    """Span, buckets, sources, budget; what labels ask for; allowed and false alerts; the data."""
    words = " ".join(Page(text).words)
    assert "2026-03-02 00:00 to 2026-03-26 00:00 (UTC)" in words
    assert "filed (complaints, 1d)" in words
    assert "5 false alerts a day" in words
    assert "1 of 2 were detected" in words
    assert "the alerts that are false or unjudged: no label explains them" in words
    assert "Platforms" in words
    assert "There was no alert on a source." in words


def test_the_burst_is_counted_where_it_was(text: str) -> None:
    """The days' table has the alert in the row of the day that opened it."""
    rows = re.findall(r"<tr><td>(2026-\S+?)</td>(.*?)</tr>", text)
    counts = {day: [int(n) for n in re.findall(r">(\d+)<", row)] for day, row in rows}
    assert len(counts) == archives.DAYS
    assert counts["2026-03-16"][2] >= 1
    assert all(critical + warning == both for critical, warning, both in counts.values())


def test_the_same_archive_gives_the_same_bytes(cli: Cli, recorded: Path, text: str) -> None:
    """The file has no time of day in it."""
    result = cli(
        "report", "--over", "ar", "--config", "a.toml", "--labels", "labels.csv",
        "--out", "again.html",
    )  # fmt: skip
    assert result.exit_code == 0
    assert (recorded / "again.html").read_text("utf-8") == text


def test_without_labels_bursts_are_injected_or_it_says_that_nothing_is_known(
    cli: Cli, recorded: Path
) -> None:
    """Either way the reader is told which; alerts are not called false."""
    result = cli("report", "--over", "ar", "--config", "a.toml", "--out", "plain.html")
    assert result.exit_code == 0
    words = (recorded / "plain.html").read_text("utf-8")
    assert "There were no labels, so bursts were injected" in words
    assert "also those on real bursts" in words
    classes = re.findall(r"<td>(\d+ [^<]*times[^<]*)</td>", words)
    assert classes
    assert set(classes) <= {times_usual(ratio) for ratio in RATIOS}


def test_no_label_of_a_plot_is_cut_off(cli: Cli, recorded: Path, text: str) -> None:
    """What ends at an axis begins within the picture, at seven pixels a character."""
    result = cli("report", "--over", "ar", "--config", "a.toml", "--out", "plain.html")
    assert result.exit_code == 0
    for page in (text, (recorded / "plain.html").read_text("utf-8")):
        labels = re.findall(r'<text [^>]*x="([0-9.]+)"[^>]*text-anchor="end">([^<]*)<', page)
        assert len(labels) > 20
        assert [words for x, words in labels if float(x) < 7.0 * len(html.unescape(words))] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--over", "nowhere"), "nowhere: must be an archive"),
        (("--over", "ar", "--out", "report.pdf"), "--out must end in .html"),
        (("--over", "ar", "--config", "none.toml"), "none.toml: must exist"),
        (("--over", "ar", "--config", "a.toml", "--labels", "no.csv"), "no.csv: must be a file"),
    ],
)
def test_what_is_wrong_ends_with_2(cli: Cli, words: tuple[str, ...], said: str) -> None:
    """An archive, a configuration, labels that are not there; another kind of file."""
    result = cli("report", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_its_figures_are_one_table_for_a_spreadsheet(cli: Cli, recorded: Path, text: str) -> None:
    """The same as on the page; no page is written, and nothing in it is a formula."""
    before = (recorded / "report.html").stat().st_mtime_ns
    given = ("--over", "ar", "--config", "a.toml", "--labels", "labels.csv", "--csv")
    result = cli("report", *given)
    assert result.exit_code == 0, result.output
    assert (recorded / "report.html").stat().st_mtime_ns == before
    rows = list(csv.DictReader(result.stdout.splitlines()))
    tables = {row["table"] for row in rows}
    assert {"facts", "days", "detected", "affected", "classes", "sources"} <= tables
    words = Page(text).words
    facts = {row["name"]: row["value"] for row in rows if row["table"] == "facts"}
    assert facts["Budget"] in " ".join(words)
    days = [row for row in rows if row["table"] == "days"]
    of_page = re.findall(r"<tr><td>(2026-\S+?)</td>", text)
    assert [row["day"] for row in days if row["day"] in of_page] == [row["day"] for row in days]
    assert sum(int(row["alerts"]) for row in rows if row["table"] == "affected") > 0
    assert not any(value.startswith("=") for row in rows for value in row.values())
    assert cli("report", *given, "--out", "x.html").exit_code == 2


def test_it_is_in_chinese_for_who_reads_chinese(
    cli: Cli, recorded: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentences, plots and tables; names and figures are the same, and so is the CSV."""
    given = ("report", "--over", "ar", "--config", "a.toml", "--labels", "labels.csv")
    english = cli(*given, "--csv").stdout
    monkeypatch.setenv("WEATHERVANE_LANGUAGE", "zh")
    assert cli(*given, "--csv").stdout == english
    assert cli(*given, "--out", "zh.html").exit_code == 0
    chinese = (recorded / "zh.html").read_text("utf-8")
    assert cli(*given, "--language", "en", "--out", "en.html").exit_code == 0
    assert (recorded / "en.html").read_text("utf-8") == text
    assert ("html", {"lang": "zh-Hans"}) in Page(chinese).elements
    assert "共 2 次，检出 1 次。" in chinese
    assert re.findall(r"<td[^>]*>([-0-9.,]+)</td>", chinese) == re.findall(
        r"<td[^>]*>([-0-9.,]+)</td>", text
    )
    given_names = {"script", "alert", "img", "src", "onerror", "Weathervane", "UTC", "Czado",
                   "Gneiting", "Held", "filed", "small"}  # fmt: skip
    left = [
        word
        for words in Page(re.sub(r"<style>.*?</style>", "", chinese, flags=re.DOTALL)).words
        for word in re.findall(r"[A-Za-z]{3,}", words)
        if word not in given_names
    ]
    assert left == []


@pytest.mark.skipif(chromium() is None, reason="needs chromium: the report is not looked at")
def test_a_browser_shows_it(recorded: Path, tmp_path: Path) -> None:
    """On a desk and on a telephone, in light and dark: nothing sticks out, asks or complains."""
    path = recorded / "report.html"
    with Browser(tmp_path) as browser:
        for width, dark in ((1280, False), (390, False), (390, True)):
            browser.open(path, width, dark=dark)
            assert browser.value("document.documentElement.scrollWidth") == width
            marks = _marks(browser)
            assert len(marks) >= 5
            assert min(marks) > 0
            assert browser.cut_words("svg.plot") == []
            # Wider tables scroll, and shadows at their edges show it; at a desk none has to.
            scrolling = browser.scrolling_tables()
            assert bool(scrolling) == (width < 600)
            paper = browser.value("getComputedStyle(document.body).backgroundColor")
            assert (paper == "rgb(255, 255, 255)") != dark
        assert set(browser.requests) == {path.as_uri()}
        assert browser.errors == []


def _marks(browser: Browser) -> list[int]:
    """How many marks with an area each plot that is seen has."""
    found: list[int] = browser.value("""
        [...document.querySelectorAll('svg.plot')].filter(svg => svg.getClientRects().length)
          .map(svg => [...svg.querySelectorAll('rect')]
            .filter(r => r.getBoundingClientRect().height > 1).length)""")
    return found
