"""The page of a report: everything is in it, and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from io import StringIO
from pathlib import Path

from matplotlib import pyplot as plt

from analysis.outcome import Outcome
from analysis.plots import draw
from analysis.plots.panels import Picture
from analysis.plots.style import STYLE
from analysis.report import answer, tables

HERE = Path(__file__).parent
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{question}</h1>
<p class="study">{study}</p>
</header>
<main>
<section class="answer" aria-label="answer">
{answer}
</section>
{missing}
{sections}
</main>
<script>
{script}</script>
</body>
</html>
"""


def render(outcome: Outcome, missing: Sequence[str], command: str) -> str:
    """The HTML of a report. `missing` says which runs there are not; `command` made the page."""
    study = outcome.study
    counts = f"{outcome.finished()} of {outcome.planned()} runs have finished"
    sections = [
        ("pictures", "Pictures", pictures(outcome)),
        ("gains", "Gains", tables.gains(outcome)),
        ("points", "Every point", tables.points(outcome)),
        ("failures", "Runs that failed", tables.failures(outcome)),
        ("parameters", "The study", tables.parameters(outcome)),
        ("versions", "How it was made", f"<pre>{escape(command)}</pre>{tables.versions(outcome)}"),
    ]
    return PAGE.format(
        title=escape(f"{study.name}: {study.question}"),
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        question=escape(study.question),
        study=escape(f"Study {study.name}: {counts}."),
        answer=paragraphs(answer.sentences(outcome)),
        missing=notes(missing),
        sections="\n".join(section(*one) for one in sections if one[2]),
        script=(HERE / "page.js").read_text(encoding="utf-8"),
    )


def paragraphs(sentences: Sequence[str]) -> str:
    """Sentences, each a paragraph."""
    return "\n".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)


def notes(missing: Sequence[str]) -> str:
    """What is missing, and the commands that make it."""
    if not missing:
        return ""
    return f'<section class="missing" aria-label="missing">\n{paragraphs(missing)}\n</section>'


def section(name: str, heading: str, content: str) -> str:
    """A part of the page with its heading."""
    return f'<section aria-labelledby="{name}-heading">\n<h2 id="{name}-heading">{heading}</h2>\n{content}\n</section>'


def pictures(outcome: Outcome) -> str:
    """All pictures, and what there was nothing to draw of."""
    undrawn: list[str] = []
    figures = "\n".join(figure(each) for each in draw.pictures(outcome, undrawn.append))
    said = paragraphs(undrawn)
    return f'<div class="pictures">\n{figures}\n</div>\n{said}' if figures else said


def figure(picture: Picture) -> str:
    """A picture with its caption."""
    said = f"<b>{escape(sentence_case(picture.title))}.</b> {escape(picture.caption)}"
    return f"<figure>\n{svg(picture)}\n<figcaption>{said}</figcaption>\n</figure>"


def sentence_case(text: str) -> str:
    """A text that begins with a capital."""
    return text[:1].upper() + text[1:]


def renamed(text: str, prefix: str) -> str:
    """An SVG whose names are of this picture alone, and the same each time that it is drawn."""
    names: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        return match[1] + names.setdefault(match[2], f"{prefix}-{len(names)}") + match[3]

    return re.sub(r'(\bid="|href="#|url\(#)([^")]+)([")])', replace, text)


def svg(picture: Picture) -> str:
    """A picture as inline SVG, which takes the width that it is given. Closes its figure."""
    stream = StringIO()
    with plt.rc_context(STYLE):
        picture.figure.savefig(stream, format="svg", metadata={"Date": None})
    plt.close(picture.figure)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = renamed(text, picture.name)
    box = re.search(r'viewBox="[^"]*"', text)[0]
    label = escape(sentence_case(picture.title))
    name = f"{picture.name}-title"
    head = f'<svg {box} role="img" aria-labelledby="{name}" xmlns:xlink="http://www.w3.org/1999/xlink">'
    return f'{head}<title id="{name}">{label}</title>{text[text.index(">") + 1 :]}'
