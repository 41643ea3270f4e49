"""What the tests of pictures share: which words are drawn where."""

from __future__ import annotations

from matplotlib import pyplot as plt


def visible_texts(figure):
    """The texts of a picture that are drawn, with the boxes that they take."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    beyond = {label for axes in figure.axes for label in labels_beyond(axes)}
    for text in figure.findobj(plt.Text):
        if text.get_visible() and text.get_text().strip() and text not in beyond:
            yield text.get_text(), text.get_window_extent(renderer)


def labels_beyond(axes):
    """Labels of ticks that lie outside of the axes: matplotlib has them, and draws none."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield tick.label1


def check_words(figure):
    """No word of a picture is cut off, and none lies on another. Returns how many there are."""
    inside = figure.bbox
    texts = list(visible_texts(figure))
    for word, box in texts:
        assert box.x0 >= -0.5 and box.x1 <= inside.x1 + 0.5, f"{word!r} is cut off"
        assert box.y0 >= -0.5 and box.y1 <= inside.y1 + 0.5, f"{word!r} is cut off"
    for at, (word, box) in enumerate(texts):
        for other, its in texts[at + 1 :]:
            apart = (
                min(box.x1, its.x1) - max(box.x0, its.x0) < 1
                or min(box.y1, its.y1) - max(box.y0, its.y0) < 1
            )
            assert apart, f"{word!r} and {other!r} overlap"
    return len(texts)
