"""`cin track`: the sweep over the open reviews."""

from flows import operations
from flows.commands.options import AsOf, Flow, Json, day, finish_flow
from flows.output import in_words, print_json, print_table, say
from flows.runtime import open_runtime, operator
from workflow.tracking import open_alerts


def track(*, as_json: Json = False, as_of: AsOf = None, flow: Flow = False) -> None:
    """Sweep the open reviews: overdue, due soon, stale, unacknowledged, holder gone."""
    if flow:
        from flows.track_reviews import track_reviews

        finish_flow(track_reviews(day(as_of)), as_json)
        return
    runtime = open_runtime()
    done = operations.track(runtime, actor=operator(), as_of=day(as_of))
    if as_json:
        print_json(
            {
                "as_of": done.as_of,
                "opened": done.opened,
                "cleared": done.cleared,
                "released": done.released,
                "notified": done.notified,
            }
        )
        return
    with runtime.read() as at:
        standing = open_alerts(at.session, at.programme)
    kinds = sorted({alert.kind for alert, _, _ in standing})
    rows = [
        (
            kind.replace("_", " "),
            sum(alert.kind is kind for alert, _, _ in standing),
            done.opened.get(kind, 0),
            done.cleared.get(kind, 0),
        )
        for kind in kinds
    ]
    print_table(f"As of {in_words(done.as_of)}", ["alert", "open", "new", "cleared"], rows)
    say(f"{done.released} reviews released from leavers, {done.notified} messages written.")
