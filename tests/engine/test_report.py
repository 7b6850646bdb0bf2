"""The report: what it says is what the rows say, and a browser shows it without asking anyone for anything."""

import contextlib
import dataclasses
import html
import itertools
import math
import re
import shlex
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from neurarium.core.vocabulary import METRICS, Metric
from neurarium.engine import load_study
from neurarium.engine._report.arrays import planes_figure, rasters_figure
from neurarium.engine._report.figures import curves_figure, metrics_figure
from neurarium.engine._report.numbers import duration, fitted, for_column, for_interval
from neurarium.engine._report.strip import strip
from neurarium.engine._report.tables import level_tables
from neurarium.engine.evidence import above, below, inside
from neurarium.engine.files import StorageError
from neurarium.engine.report import command, page, write_report
from neurarium.engine.runner import Plan, check_seeds, run, stored, trials
from neurarium.engine.stats import Interval, mean_interval

EVIL = "sham <script>document.title='owned'</script>"
STUDY = f'''"""Does a bump help <b>at all</b>?"""
import torch
from neurarium.engine import Gate, Outcome, Study

study = Study(
    paper="arxiv:1803.09574", seeds={{"quick": 5, "full": 8}},
    scales={{"quick": {{"n": 20}}, "micro": {{"n": 3}}, "full": {{}}}},
    conditions={{"bump": {{"b": 0.2}}, "small": {{"b": 0.05}}, "none": {{"b": 0.0}}, {EVIL!r}: {{"b": -0.01}}}},
    baseline="none", controls=({EVIL!r},), gate=Gate("accuracy", 0.1), deviations=("A <i>small</i> net.",))

@study.run
def trial(rng, scale, *, b):
    print("hello <b>log</b>")
    if b == 0.05 and rng.seed == 2:
        raise ValueError("<script>document.title='owned'</script> went wrong")
    noise = [0.01 * torch.randn((), generator=rng(f"{{b}} {{k}}")).item() for k in range(3)]
    row = {{"accuracy": 0.5 + b + noise[0], "loss": 1 - b + noise[1], "loss__late": 0.4 - b + noise[1],
           "kinship": 0.3 + noise[2], "seconds": 2000000 * (1 + b + noise[2])}}
    return Outcome(row, curves={{"loss": [1 / (k + 1) + noise[1] for k in range(scale.n)], "own": [1.0, 2.0]}},
                   arrays={{"w": torch.ones(3, 4), "raster <i>cells</i>": torch.eye(5)[:, :3],
                           "plane v, u": torch.stack([torch.arange(4.0), b + torch.arange(4.0)], 1)}})

@study.claim("A bump helps by 10 points.", margin_reason="half of what <u>they</u> report")
def bump_helps(r):
    return r["bump", "accuracy"].exceeds(r["none", "accuracy"], by=0.1)

@study.claim("A small bump helps by 5 points.", margin_reason="a tenth")
def small_helps(r):
    return r["small", "accuracy"].exceeds(r["none", "accuracy"], by=0.05)

@study.claim("A bump is fast and the sham does nothing.", margin_reason="one second")
def fast(r):
    return r["bump", "seconds"].at_most(1.0) & r[{EVIL!r}, "accuracy"].matches(r["none", "accuracy"], within=0.05)
'''
WIDTHS, A4 = (1280, 390), 688  # pixels; A4 is what the margins leave of the sheet


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "bump_toy.py").write_text(STUDY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METRICS, "kinship", Metric("likeness of <em>states</em>", "neither", "representation"))
        yield run(load_study(folder / "bump_toy.py"), Plan(root=folder / "runs", n_workers=0))


@pytest.fixture(scope="module")
def path(done, tmp_path_factory):
    return write_report(done, tmp_path_factory.mktemp("html") / "new folder" / "report.html")


class Page(HTMLParser):
    """What a reader without styles or scripts gets: text, tables by caption, and every tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.tables, self.words = [], {}, []
        self._quiet, self._table, self._caption = 0, None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._quiet += tag in ("script", "style")
        if tag == "table":
            self._table = []
        elif tag == "caption":
            self._caption = []
        elif tag == "tr":
            self._table.append([])
        elif tag in ("td", "th"):
            self._table[-1].append([])
        elif tag == "data" and self._table:
            self._table[-1][-1].append(float(dict(attrs)["value"]))

    def handle_endtag(self, tag):
        self._quiet -= tag in ("script", "style")
        if tag == "caption":
            self.tables["".join(self._caption).strip()] = self._table
            self._caption = None
        if tag == "table":
            self._table = None

    def handle_data(self, text):
        if self._quiet:
            return
        self.words.append(text)
        if self._caption is not None:
            self._caption.append(text)
        elif text.strip() and self._table and self._table[-1]:
            self._table[-1][-1].append(text.strip())

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture(scope="module")
def parsed(path):
    return Page(path.read_text(encoding="utf-8"))


def plain(text):
    return float(text.replace("−", "-").split("\N{NO-BREAK SPACE}")[0])


# numbers


@pytest.mark.parametrize(
    ("interval", "unit", "shown"),
    [
        (Interval(0.2063, 0.1983, 0.2143, 0.95, 8, 0.003), "fraction", "20.6 ± 0.8 points"),
        (Interval(-1.234, -1.354, -1.114, 0.95, 8, 0.05), "s", "−1.23 ± 0.12 s"),
        (Interval(3.2e8, 3.195e8, 3.205e8, 0.95, 8, 1e5), "pJ", "(3.200 ± 0.005) × 10⁸ pJ"),
        (Interval(4.25e-5, 4.0e-5, 4.5e-5, 0.95, 8, 1e-6), "", "(4.25 ± 0.25) × 10⁻⁵"),
        (Interval(0.5, -math.inf, math.inf, 0.95, 1, math.inf), "", "0.500"),
        (Interval(math.nan, -math.inf, math.inf, 0.95, 0, math.inf), "s", "–"),
        (Interval(0.9966, 0.9966 - 1e-16, 0.9966 + 1e-16, 0.95, 4, 1e-17), "", "0.997 ± 0.000"),
        (Interval(250.0, 200.0, 300.0, 0.95, 4, 10.0), "", "250 ± 50"),
    ],
)
def test_a_number_has_the_digits_that_its_interval_allows(interval, unit, shown):
    form = for_interval(interval, unit, is_effect=True)
    assert form.spread(interval).replace("\N{NO-BREAK SPACE}", " ") == shown


def test_no_digit_of_a_margin_is_dropped_and_zero_has_no_sign():
    form = fitted([0.125, 20.0], 5.0, "")
    assert form.exact(0.125) == "0.125"
    assert form(-0.001) == "0"
    assert fitted([-3e-4, 0.0], 1e-5, "").exact(0.0) == "0"
    assert fitted([0.07], math.nan, "fraction", is_effect=True).exact(0.07) == "7"
    assert (form(math.inf), form(-math.inf), form(math.nan)) == ("∞", "−∞", "–")


def test_a_column_keeps_one_more_digit_than_its_widest_interval():
    wide, narrow = mean_interval([1.0, 2.0, 3.0]), mean_interval([1.0, 1.0001, 1.0002])
    assert [f.decimals for f in for_column([wide, narrow], "")] == [for_interval(wide, "").decimals + 1] * 2


def test_counts_of_very_different_size_are_each_written_in_full():
    few, many = mean_interval([13472.0] * 3), mean_interval([2.5e6] * 3)
    shown = [form(i.estimate) for form, i in zip(for_column([few, many], ""), (few, many), strict=True)]
    assert shown == ["13472", "2.50 × 10⁶"]
    assert duration(75) == "1 min 15 s"


# the strip of a comparison


def test_the_strip_keeps_the_order_of_interval_and_margin():
    drawn = strip(above("a exceeds b by more than 0.1", mean_interval([0.18, 0.2, 0.22]), 0.1, unit="fraction"))
    assert drawn.margins[0] < drawn.low < drawn.estimate < drawn.high
    assert drawn.estimate == pytest.approx((drawn.low + drawn.high) / 2, abs=0.02)
    assert drawn.holds == (drawn.margins[0], 100.0)
    assert drawn.label.replace("\N{NO-BREAK SPACE}", " ") == "holds above 10 points"
    ticks = {plain(text): x for x, text in drawn.ticks}  # tick 10 stands where the margin of 10 points is
    assert ticks[10.0] == drawn.margins[0]


def test_the_claim_holds_on_the_side_that_its_word_says(done):
    r, same = done.rows, [0.5, 0.5, 0.5]
    assert r["bump", "seconds"].at_most(1.0).side == "below"
    assert r["bump", "accuracy"].at_least(0.5).side == "above"
    assert r["bump", "accuracy"].not_worse_than(r["none", "accuracy"], within=0.1).side == "above"
    assert inside("a matches b", mean_interval(same), -0.1, 0.1).side == "between"
    low = strip(below("a is at most 0.5", mean_interval([0.1, 0.2, 0.3]), 0.5))
    assert low.holds == (0.0, low.margins[0])


def test_a_strip_without_interval_or_value_is_open_at_both_ends():
    one = strip(above("a", mean_interval([0.3]), 0.1))
    assert (one.low, one.high, one.is_open) == (0.0, 100.0, (True, True))
    none = strip(above("a", mean_interval([]), 0.1))
    assert none.estimate is None
    assert len(none.ticks) >= 2


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_ticks_are_few_and_in_place(scale):
    drawn = strip(above("a", mean_interval([3 * scale, 4 * scale, 5.5 * scale]), scale))
    assert 2 <= len(drawn.ticks) <= 7
    assert all(0 <= x <= 100 for x, _ in drawn.ticks)


# the page as text


def test_every_number_of_the_rows_is_in_the_table_of_its_metric(done, parsed):
    for metric in done.rows.metrics():
        head, *lines = parsed.tables[f"{metric} by condition and seed"]
        assert [h[0] for h in head][-5:] == [f"seed {s}" for s in done.seeds]
        assert [line[0][0].strip() for line in lines] == list(done.rows.conditions)
        for condition, line in zip(done.rows.conditions, lines, strict=True):
            values = done.rows.read(condition, metric)
            assert line[1][0] == pytest.approx(np.mean(list(values.values())), rel=1e-12)
            for seed, cell in zip(done.seeds, line[4:], strict=True):
                assert cell == ["missing"] if seed not in values else cell[0] == values[seed]


def test_the_text_of_a_cell_is_its_value_rounded(done, parsed):
    for metric, factor in (("accuracy", 100), ("loss", 1), ("kinship", 1)):
        for line in parsed.tables[f"{metric} by condition and seed"][1:]:
            for cell in line[4:]:
                if cell != ["missing"]:
                    assert plain(cell[1]) == pytest.approx(cell[0] * factor, abs=0.5 if factor == 100 else 0.005)


def test_the_three_levels_hold_every_metric_once(done, parsed):
    tables = level_tables(done)
    assert list(tables) == ["behaviour", "representation", "implementation"]
    heads = [name for t in tables.values() for name in t.head]
    assert sorted(heads) == sorted(done.rows.metrics())
    bump = tables["behaviour"].lines[0]
    interval = mean_interval(list(done.rows.read("bump", "accuracy").values()))
    mean, half = bump.cells[0].text.split(" ± ")
    assert float(mean) == pytest.approx(100 * interval.estimate, abs=0.1)
    assert plain(half) == pytest.approx(50 * (interval.high - interval.low), rel=0.2)
    assert half.endswith("%")
    assert "Which states carry it: mean ± half the 95 % interval over seeds" in parsed.tables


def test_the_effect_printed_is_the_evidence(done, path):
    text = path.read_text(encoding="utf-8")
    effects = re.findall(r'class="effect"><data value="([^"]+)">([^<]+)</data> <span class="quiet">\((.*?)\)<', text)
    assert len(effects) == len(done.verdicts)
    for verdict, (value, shown, interval) in zip(done.verdicts, effects, strict=True):
        i = verdict.evidence.interval
        assert float(value) == i.estimate
        if verdict.evidence.unit == "fraction":
            assert plain(shown) == pytest.approx(100 * i.estimate, abs=0.05)
            low, high = re.search(r"interval (\S+) to ([^\s,]+)", html.unescape(interval)).groups()
            assert (plain(low), plain(high)) == pytest.approx((100 * i.low, 100 * i.high), abs=0.05)


def test_every_verdict_is_said_in_words(done, parsed):
    outcomes = [v.outcome for v in done.verdicts]
    assert outcomes == ["holds", "inconclusive", "does not hold"]
    for verdict in done.verdicts:
        assert verdict.text in parsed.text
        assert verdict.margin_reason in parsed.text
        assert verdict.evidence.reason in parsed.text
        for part in verdict.evidence.parts:
            assert part.statement in parsed.text
    assert parsed.text.index("Holds") < parsed.text.index("Inconclusive") < parsed.text.index("Does not hold")
    assert "4 of 5, 1 missing" in parsed.text


def test_names_errors_and_logs_are_escaped(done, path, parsed):
    text = path.read_text(encoding="utf-8")
    assert "<script>document" not in text
    assert [tag for tag, _ in parsed.tags].count("script") == 3
    assert not {"i", "u", "em"} & {tag for tag, _ in parsed.tags}
    assert EVIL in parsed.text
    assert "ValueError: <script>document.title='owned'</script> went wrong" in parsed.text
    assert "hello <b>log</b>" in parsed.text
    assert "Traceback (most recent call last)" in parsed.text


def test_the_file_is_whole_and_asks_nobody(path, parsed):
    text = path.read_text(encoding="utf-8")
    assert text.count(get_plotlyjs()) == 1
    policy = next(a["content"] for t, a in parsed.tags if t == "meta" and "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert not [a for t, a in parsed.tags if "src" in a or (t == "link" and not a["href"].startswith("data:"))]
    links = [a["href"] for t, a in parsed.tags if t == "a" and not a["href"].startswith("#")]
    assert links == ["https://arxiv.org/abs/1803.09574"]


def test_headings_landmarks_and_captions(parsed):
    tags = [t for t, _ in parsed.tags]
    levels = [int(t[1]) for t in tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert [tags.count(t) for t in ("main", "header", "nav", "footer")] == [1, 1, 1, 1]
    assert tags.count("table") == tags.count("caption")
    assert all("aria-label" in a for t, a in parsed.tags if a.get("role") in ("img", "region"))
    ids = [a["id"] for _, a in parsed.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert all(a["href"][1:] in ids for t, a in parsed.tags if t == "a" and a["href"].startswith("#"))


def test_provenance_says_how_to_run_it_again(done, parsed):
    words = shlex.split(command(done))
    assert command(done) in parsed.text
    assert words[:3] == ["neurarium", "run", str(done.loaded.card.path)]
    asked = dict(zip(words[3::2], words[4::2], strict=True))
    again = Plan(scale=asked["--scale"], seeds=check_seeds(asked["--seeds"], 5), device=asked["--device"])
    assert trials(done.loaded, again).keys() == done.records.keys()
    about = {line[0][0]: line[1][0] for line in parsed.tables["What was run, where, and with what"]}
    assert about["source hash"] == done.loaded.source
    assert {"torch", "numpy", "python", "cpu", "threads"} <= about.keys()
    assert [["w"], ["(3, 4) float32, in 19 trials"]] in parsed.tables["Arrays kept in the store"]
    assert "assets, apart from the trials" in {line[0][0] for line in parsed.tables["Time"]}
    assert "A <i>small</i> net." in parsed.text


@pytest.mark.parametrize("seeds", [(4,), (2, 3, 4), (0, 1, 5)])
def test_the_command_names_any_seeds_and_settings(done, seeds):
    plan = Plan(root=done.plan.root, seeds=seeds, assignments=("conditions.bump.b=0.3", "scale.n=2"))
    words = shlex.split(command(stored(done.loaded, plan)))
    assert check_seeds(words[words.index("--seeds") + 1], 5) == seeds
    assert [words[i + 1] for i, w in enumerate(words) if w == "--set"] == list(plan.assignments)


def test_development_seeds_are_announced_and_verdict_seeds_are_not(done, parsed):
    warning = "Development seeds: not a verdict for the ledger."
    assert warning in parsed.text
    verdict = page(stored(done.loaded, Plan(root=done.plan.root, seeds=(1000, 1001))))
    assert warning not in verdict
    changed = page(stored(done.loaded, Plan(root=done.plan.root, seeds=(1000,), assignments=("scale.n=2",))))
    assert "Settings changed by hand: scale.n=2" in changed


def test_a_store_without_trials_is_reported_as_that(done):
    empty = Page(page(stored(done.loaded, Plan(root=done.plan.root, seeds=(1000, 1001)))))
    assert "8 of 8 trials have no result yet." in empty.text
    assert "Inconclusive" in empty.text
    assert "This study measures nothing at this level." in empty.text


def test_crashed_trials_and_damaged_files_are_listed(done):
    key, record = next(iter(done.records.items()))
    crashed = dataclasses.replace(record, state="crashed", row={}, error="its process died three times", about={})
    hurt = dataclasses.replace(done, records={**done.records, key: crashed}, damaged=["runs/<x>/run.json: cut short"])
    text = Page(page(hurt)).text
    assert re.search(r"crashed bump, seed 0\s*its process died three times", text)
    assert "runs/<x>/run.json: cut short" in text


def test_a_report_that_cannot_be_written_leaves_the_old_one(done, tmp_path, monkeypatch):
    old = tmp_path / "report.html"
    old.write_text("old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StorageError, match="No space left"):
        write_report(done, old)
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


# figures


def test_figures_are_drawn_from_the_rows(done):
    figure = metrics_figure(done)
    assert [v.name for v in figure.views] == done.rows.metrics()
    seeds, mean = figure.views[0].plot["data"][:2]
    values = done.rows.read("bump", "accuracy")
    np.testing.assert_allclose(seeds["x"], [100 * v for v in values.values()], rtol=1e-5)
    interval = mean_interval(list(values.values()))
    np.testing.assert_allclose(mean["error_x"]["array"], [50 * (interval.high - interval.low)], rtol=1e-5)


def test_a_raster_has_a_dot_for_each_event_of_the_lowest_seed(done):
    figure = rasters_figure(done)
    view = figure.views[0]
    assert view.name == "raster <i>cells</i>: bump"
    assert (view.plot["data"][0]["x"], view.plot["data"][0]["y"]) == ([0, 1, 2], [0, 1, 2])
    assert view.about == "bump, seed 0; 3 events of 3 units"
    assert view.table.lines[0].cells[0].value == pytest.approx(3 / 15)


def test_a_crowded_raster_shows_whole_units_and_says_so(done):
    crowd = np.ones((100, 400))
    records = {k: dataclasses.replace(r, arrays={"raster": crowd}) for k, r in done.records.items()}
    view = rasters_figure(dataclasses.replace(done, records=records)).views[0]
    assert view.about.endswith("40000 events of 400 units, 40 units shown")
    assert len(view.plot["data"][0]["x"]) == 4000
    assert len(set(view.plot["data"][0]["y"])) == 40


def test_a_plane_is_the_path_in_its_order_from_its_start(done):
    view = next(v for v in planes_figure(done).views if v.name.endswith(": small"))
    path, start = view.plot["data"]
    assert path["x"] == [0, 1, 2, 3]
    np.testing.assert_allclose(path["y"], [0.05, 1.05, 2.05, 3.05], rtol=1e-5)
    np.testing.assert_allclose([*start["x"], *start["y"]], [0, 0.05], atol=1e-6)
    assert view.table.lines[1].cells[0].value == pytest.approx(1.55)


def test_arrays_that_cannot_be_drawn_are_not(done):
    unfit = {"raster": np.ones(3), "plane": np.ones((3, 4)), "planet": np.ones((3, 2))}
    records = {k: dataclasses.replace(r, arrays=unfit) for k, r in done.records.items()}
    run_ = dataclasses.replace(done, records=records)
    assert rasters_figure(run_).views == planes_figure(run_).views == ()


def test_curves_of_unequal_length_are_averaged_where_they_are(done):
    records = {}
    for key, r in done.records.items():
        length = 4 if r.seed == 0 else 2
        records[key] = dataclasses.replace(r, curves={"loss": [float(r.seed)] * length})
    figure = curves_figure(dataclasses.replace(done, records=records))
    bands, means = figure.views[0].plot["data"][:4], figure.views[0].plot["data"][4:]
    assert means[0]["y"] == [2.0, 2.0, 0.0, 0.0]
    assert bands[0]["y"] == [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 4.0]
    final = figure.views[0].table.lines[0]
    assert final.cells[0].value == pytest.approx(2.0)


# in a browser


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    with playwright.sync_playwright() as p:
        if found is None and not Path(p.chromium.executable_path).exists():
            pytest.skip("no Chromium: apt-get install chromium  or  python -m playwright install chromium")
        quiet = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
        try:
            launched = p.chromium.launch(executable_path=found, args=quiet)
        except playwright.Error:
            launched = p.chromium.launch(executable_path=found, args=[*quiet, "--no-sandbox"])
        yield launched
        launched.close()


@contextlib.contextmanager
def opened(browser, path, width=1280, **options):
    """The report on a screen, with the addresses it asked for and the errors it made."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    tab = context.new_page()
    asked, errors = [], []
    tab.on("request", lambda r: asked.append(r.url))
    tab.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: errors.append(str(e)))
    tab.goto(path.as_uri())
    yield tab, asked, errors
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_it_opens_fits_and_switches_without_an_error_or_a_request(browser, path, width, done):
    with opened(browser, path, width) as (tab, asked, errors):
        tab.wait_for_selector("#plot-metrics .main-svg")
        assert tab.locator(".hero .word").inner_text() == "Holds"
        assert tab.locator("h1").inner_text() == done.loaded.question == "Does a bump help <b>at all</b>?"
        assert tab.title() == "Holds: Does a bump help <b>at all</b>?"
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        ends = tab.evaluate("[...document.querySelectorAll('.strip text')].map(t => t.getBoundingClientRect())")
        assert all(e["left"] >= 0 and e["right"] <= width for e in ends)
        reader_switches_metric(tab, done.rows)
        assert asked == [path.as_uri()]
        assert errors == []


def reader_switches_metric(tab, rows):
    shown = "document.getElementById('plot-metrics').data[0].x"
    accuracy = [100 * v for v in rows.read("bump", "accuracy").values()]
    np.testing.assert_allclose(tab.evaluate(shown), accuracy, rtol=1e-5)
    before = tab.locator("#plot-metrics .points path").first.get_attribute("transform")
    tab.get_by_label("Metric", exact=True).select_option(label="kinship")
    np.testing.assert_allclose(tab.evaluate(shown), list(rows.read("bump", "kinship").values()), rtol=1e-5)
    assert tab.locator("#plot-metrics .points path").first.get_attribute("transform") != before
    assert "kinship" in tab.locator("#plot-metrics .xtitle").text_content()
    assert tab.get_by_text("kinship by condition and seed").is_visible()
    assert not tab.get_by_text("accuracy by condition and seed").is_visible()
    assert EVIL[:10] in tab.locator("#plot-metrics .annotation-text").nth(3).text_content()


@pytest.mark.browser
def test_without_scripts_the_verdicts_and_all_tables_are_there(browser, path, done):
    with opened(browser, path, 390, java_script_enabled=False) as (tab, _, _):
        assert [w.strip() for w in tab.locator("h2 .word, h3 .word").all_inner_texts()] == [
            v.outcome.capitalize() for v in done.verdicts
        ]
        for metric in done.rows.metrics():
            assert tab.get_by_text(f"{metric} by condition and seed", exact=True).is_visible()
        assert tab.locator(".strip").count() == 4
        assert not tab.locator("figure.drawn").first.is_visible()


@pytest.mark.browser
def test_figures_follow_dark_light_and_paper_and_all_fits_on_paper(browser, path):
    ink = "getComputedStyle(document.querySelector('#plot-metrics .xtitle')).fill"
    with opened(browser, path, A4, color_scheme="dark") as (tab, _, _):
        tab.wait_for_selector("#plot-metrics .main-svg")
        dark = tab.evaluate(ink)
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        paper = tab.evaluate(ink)
        tab.emulate_media(media="print")
        assert tab.evaluate("document.documentElement.scrollWidth") <= A4
        assert tab.locator("details:not([open])").count() == 0
        tab.emulate_media(media="screen")
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        assert tab.evaluate(ink) == dark != paper
        tab.emulate_media(color_scheme="light")
        for _ in range(100):  # the change reaches the page a little later
            if tab.evaluate(ink) == paper:
                break
            tab.wait_for_timeout(20)
        assert tab.evaluate(ink) == paper


@pytest.mark.browser
def test_a_script_that_slipped_in_would_not_run(browser, path, tmp_path):
    page_with_one_more = path.read_text(encoding="utf-8").replace(
        "<body>", "<body><script>document.title='owned'</script>", 1
    )
    evil = tmp_path / "evil.html"
    evil.write_text(page_with_one_more, encoding="utf-8")
    with opened(browser, evil) as (tab, _, errors):
        assert tab.title().startswith("Holds")
        assert "Content Security Policy" in errors[0]
