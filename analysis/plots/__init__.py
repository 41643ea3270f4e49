"""The pictures of studies: a module a kind."""

# What a [[plot]] of each kind may say besides
KINDS: dict[str, tuple[str, ...]] = {
    "heat-map": ("x", "y", "value", "against"),
    "curves": ("x", "value"),
    "categories": ("x",),
    "card-ram": (),
    "completion-times": ("x", "of"),
    "frontier": (),
}
FLOWS = ("slowdown", "completion")  # what completion-times is `of`
