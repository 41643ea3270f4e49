"""Reports: what they answer, that they are whole, and how a real browser shows them."""

import copy
import json
import re
import shutil
import sqlite3
from argparse import Namespace
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from analysis import outcome as outcomes
from analysis import measures
from analysis.errors import UserError
from analysis.outcome import GOODPUT, Cell, Estimate, Outcome
from analysis.report import answer, page, tables
from analysis.study.file import Plot
from sweeping import pcache

DESKTOP, NARROW = (1280, 900), (360, 740)


@pytest.fixture(scope="module", name="small")
def the_small_study(swept):
    """The outcome of the swept study."""
    options = Namespace(
        study=str(swept / "small.toml"), quick=False, changes=[], results=swept / "results"
    )
    return outcomes.load(options)


@pytest.fixture(scope="module", name="report")
def the_report(swept):
    """The report of a study of which some runs are missing and one has failed."""
    folder = swept / "partial"
    folder.mkdir()
    shutil.copy(swept / "small.toml", folder)
    shutil.copytree(swept / "results", folder / "results")
    with sqlite3.connect(folder / "results" / "store.sqlite") as store:
        (key,) = store.execute("SELECT key FROM runs WHERE options LIKE '%offload%'").fetchone()
        store.execute(
            "UPDATE runs SET status = 'failed', record = NULL, "
            "error = 'assert <failed> & died' WHERE key = ?",
            (key,),
        )
        store.execute("DELETE FROM runs WHERE options LIKE '%stock%'")
    store.close()
    done = pcache("report", "small.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "results" / "reports" / "small.html"


class Page(HTMLParser):
    """The elements of a page, and whether they are closed as they were opened."""

    VOID = ("meta", "link", "img", "br", "path", "use", "rect", "image", "hr")

    def __init__(self, text):
        super().__init__()
        self.found, self.open, self.ids = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


# -- The file --


def test_everything_is_in_the_file(report):
    text = report.read_text()
    elements = Page(text)
    assert elements.open == []
    assert len(set(elements.ids)) == len(elements.ids), "a name is there twice"
    for tag, attributes in elements.found:
        assert tag not in ("link", "iframe", "object", "embed", "base"), tag
        assert "src" not in attributes or attributes["src"].startswith("data:")
        for name in ("href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:")), attributes
    assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttp|WebSocket", text)
    assert {u.split("/")[2] for u in re.findall(r'https?://[^"]*', text)} == {"www.w3.org"}
    for name in re.findall(r'(?:href="#|url\(#)([^")]*)', text):
        assert name in elements.ids, f"{name} leads nowhere"


def test_a_report_can_be_read_by_everybody(report):
    elements = Page(report.read_text()).found
    tags = [tag for tag, _ in elements]
    assert dict(elements)["html"] == {"lang": "en"}
    assert tags.count("figure") == tags.count("figcaption") > 3
    pictures = [attributes for tag, attributes in elements if tag == "svg"]
    assert all(a["role"] == "img" and a["aria-labelledby"] for a in pictures)
    assert tags.count("table") == tags.count("caption") >= 4
    assert all(attributes.get("scope") == "col" for tag, attributes in elements if tag == "th")


def test_it_says_what_made_it(report):
    text = report.read_text()
    record = next(iter(records(report)))
    for said in (record["revision"], record["ns3"], "matplotlib", "Python", "pii450-tigon2"):
        assert said in text
    assert "./pcache report small.toml" in text
    assert "&lt;with&gt; &amp; without losses?" in text


def records(report):
    """The records that a report was made of."""
    store = sqlite3.connect(report.parent.parent / "store.sqlite")
    for (record,) in store.execute("SELECT record FROM runs WHERE record IS NOT NULL"):
        yield json.loads(record)
    store.close()


def test_missing_and_failed_runs_are_in_it(report):
    text = report.read_text()
    assert "12 of 48 runs are missing: ./pcache sweep small.toml" in text
    assert "1 of 48 runs have failed: ./pcache sweep small.toml --retry" in text
    assert "assert &lt;failed&gt; &amp; died" in text
    assert "This is not the whole study: 13 of 48 runs are missing, 1 of them failed." in text


def test_the_same_results_give_the_same_file(small):
    study = replace(small.study, plots=(Plot("heat-map", {}, 0), Plot("categories", {}, 0)))
    outcome = replace(small, study=study)
    first, second = (page.render(outcome, [], "./pcache report small") for _ in range(2))
    assert first == second


def test_a_report_is_written_whole_or_not_at_all(swept, tmp_path):
    done = pcache("report", "one.toml", "--out", str(tmp_path), cwd=swept)
    assert done.returncode == 2 and "a folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


# -- The answer --


def test_the_answer_is_of_the_data(small):
    said = answer.sentences(small)
    ratios = []
    for cell in small.done:
        if cell.path() == "payload-cache":
            base = small.beside(cell, "conventional")
            if all(r["goodput_bps"] for c in (base, cell) for r in c.records.values()):
                pairs = [cpu(base.records[at]) / cpu(cell.records[at]) for at in (1, 2)]
                ratios.append(1 / (sum(pairs) / 2))
    assert said[0].startswith(
        f"payload-cache's CPU (all hosts) is {min(ratios):.2f} to {max(ratios):.2f} times "
        "conventional's"
    )
    assert len(ratios) >= 3 and f"of {len(ratios)} points it is better at" in said[0]


def cpu(record):
    """ns a byte, by hand."""
    busy = [v for h in record["hosts"].values() for n, v in h["cpu_seconds"].items() if n != "idle"]
    return 1e9 * sum(busy) / (record["goodput_bps"] / 8 * record["duration_s"])


def made(small, factors, repetitions=1, noise=0.0):
    """A study by write size and flows whose payload cache has these gains in CPU."""
    base = next(cell for cell in small.done if cell.path() == "conventional").records[1]
    cells = []
    for (size, flows), factor in factors.items():
        for path, scale in (("conventional", factor), ("payload-cache", 1.0)):
            records = {}
            for at in range(1, repetitions + 1):
                record = copy.deepcopy(base)
                sign = noise if path == "payload-cache" and at % 2 else 0
                for host in record["hosts"].values():
                    host["cpu_seconds"] = {"copy": 1e-3 * scale * (1 + sign)}
                records[at] = record
            values = {"path": path, "writeSize": str(size), "flows": str(flows)}
            cells.append(Cell(values, values, records, repetitions))
    study = replace(small.study, answer={"quantity": "cpu", "along": "writeSize"})
    return Outcome(study, tuple(cells))


@pytest.mark.parametrize(
    "factors, said",
    [
        (
            {
                (256, 1): 0.5,
                (1024, 1): 2.0,
                (4096, 1): 2.0,
                (256, 4): 0.5,
                (1024, 4): 0.5,
                (4096, 4): 2,
            },
            "payload-cache is better from write size 1 KiB on at flows 1; "
            "from write size 4 KiB on at flows 4.",
        ),
        (
            {(256, 1): 2.0, (1024, 1): 2.0, (4096, 1): 0.5},
            "payload-cache is better up to write size 1 KiB.",
        ),
        ({(256, 1): 2.0, (1024, 1): 3.0}, "That is so at every write size."),
        (
            {(256, 1): 2.0, (1024, 1): 0.5, (256, 4): 0.5, (1024, 4): 0.5},
            "payload-cache is better up to write size 256 B at flows 1; nowhere at flows 4.",
        ),
        (
            {(256, 1): 2.0, (1024, 1): 0.5, (4096, 1): 2.0},
            "payload-cache is better at write size 256 B and 4 KiB.",
        ),
    ],
)
def test_from_where_on_it_pays(small, factors, said):
    assert said in answer.sentences(made(small, factors))


@pytest.mark.parametrize(
    "cpu_by_size, said",
    [
        ({256: 4.0, 1024: 1.0, 4096: 0.98}, "of its best from write size 1 KiB on."),
        ({256: 4.0, 1024: 2.0, 4096: 1.0}, "only at the largest write size, 4 KiB, and may go on"),
        ({256: 1.0, 1024: 1.02, 4096: 0.99}, "changes by less than 5 % with the write size."),
    ],
    ids=str,
)
def test_what_is_enough(small, cpu_by_size, said):
    whole = made(small, {(size, 1): 1.0 for size in cpu_by_size})
    for cell in whole.cells:
        for host in cell.records[1]["hosts"].values():
            host["cpu_seconds"] = {"copy": 1e-3 * cpu_by_size[int(cell.values["writeSize"])]}
    assert any(said in sentence for sentence in answer.sentences(whole))


def test_what_makes_no_difference_is_not_named():
    words = {
        (("load", "0.1"), ("MTU", "1500 B")): "nowhere",
        (("load", "0.9"), ("MTU", "1500 B")): "at every size",
        (("load", "0.1"), ("MTU", "9000 B")): "nowhere",
        (("load", "0.9"), ("MTU", "9000 B")): "at every size",
    }
    assert answer.told(words) == "nowhere at load 0.1; at every size at load 0.9"
    assert answer.told(dict.fromkeys(words, "nowhere")) == "nowhere"


def test_what_seeds_cannot_tell_apart_is_said(small):
    said = answer.sentences(made(small, {(256, 1): 1.01, (1024, 1): 9.0}, 3, noise=0.2))
    assert "better at 1 and not to be told apart at 1" in said[0]
    assert any("mean of 3 repetitions; the widest 95 %" in sentence for sentence in said)


def test_one_seed_has_no_spread(small):
    said = answer.sentences(made(small, {(256, 1): 1.5, (1024, 1): 9.0}))
    assert any("nothing can be said of its spread" in sentence for sentence in said)


def test_nothing_can_be_said_without_the_rival(small):
    cells = [c if c.path() == "payload-cache" else replace(c, records={}) for c in small.cells]
    alone = replace(small, cells=tuple(cells))
    assert "No run of conventional has finished" in answer.sentences(alone)[0]
    stock = replace(small, cells=tuple(c for c in small.cells if c.path() == "stock"))
    assert answer.sentences(stock)[0].startswith("Nothing can be said")


@pytest.mark.parametrize("path", ["conventional", "offload"])
def test_a_rival_that_has_finished_is_not_said_to_be_missing(small, path):
    cells = [replace(c, records=c.records if c.path() == path else {}) for c in small.cells]
    study = replace(small.study, answer={"quantity": "cpu", "against": path})
    some = replace(small, study=study, cells=tuple(cells))
    first = answer.sentences(some)[0]
    assert f"No run of {path}" not in first
    absent = [name for name in ("conventional", "offload", "payload-cache") if name != path]
    assert first.startswith(f"No run of {absent[0]}, {absent[1]} and stock has finished")
    whole = replace(some, cells=tuple(c for c in cells if c.path() == path))
    assert "No run" not in answer.sentences(whole)[0]


def test_points_above_their_limit_are_said_apart(small):
    off = [cell for cell in small.done if small.is_off(cell)]
    assert off and all(c.estimate(GOODPUT).mean < small.limit(c)[1].mean for c in off)
    (said,) = answer.limited(small)
    assert said.startswith(f"{len(off)} of {len(small.done)} points are more than 10 % below")
    cell = next(c for c in small.done if c.path() == "offload" and c.values["lossRate"] == "0")
    fast = {at: above_its_load(record) for at, record in cell.records.items()}
    (said,) = answer.limited(Outcome(small.study, (replace(cell, records=fast),)))
    assert said.startswith("1 of 1 points are more than 10 % above") and "on its way" in said
    assert "holds" not in said


def above_its_load(record):
    """A record whose flows that arrived were a hundredth of what was read."""
    link = 1e6 * measures.link_goodput(record) * 8
    return {**record, "scenario": {"offered_load": 0.01 * record["goodput_bps"] / link}}


@pytest.mark.parametrize("odd", [5, {"a": 5}, {"a": {"role": 5, "cpu_seconds": 5}}], ids=str)
@pytest.mark.parametrize("part", ["scenario", "hosts", "parameters"])
def test_odd_records_can_be_reported(small, part, odd):
    cells = [
        replace(c, records={at: {**record, part: odd} for at, record in c.records.items()})
        for c in small.done
        if c.values["lossRate"] == "0" and c.values["writeSize"] == "512"
    ]
    outcome = replace(small, cells=tuple(cells))
    assert answer.sentences(outcome)
    assert "<table" in page.render(outcome, [], "./pcache report small")


@pytest.mark.parametrize("name", ["cpu.sevrer", "hosts.sevrer.cores"])
def test_hosts_that_no_run_has_are_refused(small, name):
    plotted = replace(small.study, plots=(Plot("curves", {"value": name}, 7),))
    answered = replace(small.study, answer={"quantity": name})
    for study, place in ((plotted, "small.toml:7: "), (answered, r"\[answer\] quantity: ")):
        with pytest.raises(UserError, match=place + ".*'sevrer'; they have receiver, sender"):
            outcomes.check_hosts(replace(small, study=study))
    known = replace(small.study, answer={"quantity": name.replace("sevrer", "sender")})
    outcomes.check_hosts(replace(small, study=known))


def test_changed_studies_have_files_of_their_own(small):
    changes = ([], ["path=offload"], ["path=offload", "seeds=1"], ["writeSize=[512]"])
    changes += (
        ["writeSize=[512"],
        ["writeSize=(512)"],
        ["profile=../x/y.profile"],
        ["a=" + "b" * 99],
    )
    stems = [
        outcomes.stem(Namespace(quick=quick, changes=list(change)), small)
        for quick in (False, True)
        for change in changes
    ]
    assert len(set(stems)) == len(stems)
    assert stems[0] == "small" and stems[1] == "small-path=offload"
    assert all(re.fullmatch(r"[\w.,=-]{1,90}", stem) for stem in stems)


def test_points_without_a_value_are_counted(small):
    factors = {(256, 1): 2.0, (1024, 1): 3.0}
    whole = made(small, factors)
    cells = [replace(c, records={}) if c.values["writeSize"] == "256" else c for c in whole.cells]
    said = answer.sentences(replace(whole, cells=tuple(cells)))
    assert "at 1 more nothing can be said" in said[0]
    assert "This is not the whole study: 2 of 4 runs are missing." in said


@pytest.mark.parametrize(
    "value, said",
    [
        (0.7, "0.7000"),
        (0.99998, "1.000"),
        (0.0, "0"),
        (12.0, "12"),
        (999.96, "1000"),
        (1234.5, "1,234"),
        (-0.25, "-0.2500"),
        (2e-7, "2.000e-07"),
    ],
)
def test_numbers_of_tables_have_four_digits(value, said):
    assert tables.short(value) == said


def test_estimates_have_their_ends():
    estimate = Estimate.of([1.0, 2.0, 3.0])
    assert (estimate.low + estimate.high) / 2 == estimate.mean == 2.0


# -- In a browser --

OVERFLOWING = """
const found = [];
for (const element of document.querySelectorAll("html, body, body *")) {
  if (element.closest("svg, .scroll")) continue;
  if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
      && getComputedStyle(element).display !== "inline")
    found.push(`${element.tagName}.${element.className}`);
  if (element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    found.push(`${element.tagName} ends beyond the window`);
}
return found;
"""
COLUMN = """
const [table, column] = arguments;
return [...document.querySelectorAll(`#${table} tbody tr`)].map(r => r.cells[column].dataset.value);
"""


@pytest.fixture(scope="module", name="browser")
def a_browser():
    """Debian's Chromium without a window, which tells of its requests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    options.binary_location = "/usr/bin/chromium"
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    yield driver
    driver.quit()


def show(browser, report, size):
    """Opens a report in a window of a size, on a device of that width."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(report.as_uri())
    assert browser.execute_script("return innerWidth") == width


def requests(browser):
    """What the browser has asked for."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [params["request"]["url"] for params in sent]


@pytest.mark.parametrize("size", [DESKTOP, NARROW, (400, 800)], ids=str)
def test_nothing_overflows_and_no_request_leaves_the_file(browser, report, size):
    requests(browser)  # those of before
    show(browser, report, size)
    assert browser.execute_script(OVERFLOWING) == []
    assert set(requests(browser)) == {report.as_uri()}
    assert browser.get_log("browser") == [], "the page has an error"
    widths = browser.execute_script(
        "return [...document.querySelectorAll('figure svg')].map(s => s.clientWidth)"
    )
    assert all(250 < width <= size[0] for width in widths)
    first = browser.execute_script("return document.querySelector('.answer p').innerText")
    assert first.startswith("payload-cache's CPU")


def test_tables_sort_by_number_and_by_name(browser, report):
    show(browser, report, DESKTOP)
    heads = browser.find_elements("css selector", "#points th button")
    names = [head.text for head in heads]
    column = next(at for at, name in enumerate(names) if name.startswith("CPU (all hosts), ns/B"))
    heads[column].click()
    shown = browser.execute_script(COLUMN, "points", column)
    values = [float(value) for value in shown if value]
    assert values == sorted(values) and len(set(values)) > 3
    heads[column].click()
    again = browser.execute_script(COLUMN, "points", column)
    nothing = [""] * shown.count("")
    assert shown[len(values) :] == again[len(values) :] == nothing, "nothing stands below"
    assert [float(value) for value in again if value] == values[::-1]
    sorts = browser.execute_script(
        "return [...document.querySelectorAll('#points th')].map(h => h.getAttribute('aria-sort'))"
    )
    assert [at for at, sort in enumerate(sorts) if sort] == [column]
    heads[0].click()
    words = browser.execute_script(COLUMN, "points", 0)
    assert words == sorted(words) and len(set(words)) == 3
