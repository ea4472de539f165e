"""How often a program looks for garbage."""

import gc


def collect_less() -> None:
    """Leave what is loaded by now out of every collection, and look for garbage less often.

    A program loads a million objects that stay, and an import or a forecast makes a million more. Python
    would go through all of them each time their number has grown by a quarter, which is a seventh of an
    import's time, and a pause for whoever waits for a page.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
