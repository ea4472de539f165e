"""Pictures for the pages of flow runs."""

from forms.charts import burn_down, read_burn_down
from workflow.forecast.stored import Outlook


def burn_down_png(outlook: Outlook) -> bytes:
    """The burn-down of a forecast as PNG, at page width."""
    chart = read_burn_down(outlook.forecast.to_json(), outlook.inputs.calendar)
    return burn_down(chart, width="wide", file_format="png")
