"""What the report's tables say when there is little to say."""

from workflow.quality.funnel import Funnel
from workflow.quality.tables import BoardFunnel
from workflow.reporting.findings import _funnel_rows


def test_a_share_of_nothing_is_empty_and_not_nought() -> None:
    nothing = Funnel(share=0.0, total=0, points=(), dispersion=0.0, overdispersed=False)
    [whole] = _funnel_rows(BoardFunnel("inadequate", nothing, left_out=()))
    assert whole[1:5] == ("All", 0, 0, None)
