"""Every test has a database of its own, and with it an engine, whose statements are compiled anew.

That takes a fifth of the suite's time. Here all engines of a kind share what they have compiled, as the
sessions of one program do.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


def sharing_statements(make_engine: Callable[[sa.URL], sa.Engine]) -> Callable[[sa.URL], sa.Engine]:
    """`make_engine` whose engines share the dialect and statements of the first one that connected."""
    known: dict[str, tuple[Dialect, Any]] = {}

    def make(url: sa.URL) -> sa.Engine:
        engine = make_engine(url)
        kind = engine.dialect.name
        if kind in known:
            engine.dialect, engine._compiled_cache = known[kind]
        else:
            found = (engine.dialect, engine._compiled_cache)
            sa.event.listen(engine, "engine_connect", lambda _: known.setdefault(kind, found))
        return engine

    return make
