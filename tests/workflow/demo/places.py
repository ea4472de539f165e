"""A county that is not Lancashire, without neighbours or areas."""

from workflow.geography import parse_geography

SHIRE = parse_geography(
    """
    [authority]
    code = "999"
    name = "Shire"
    [[district]]
    code = "E07000901"
    name = "Upper Shire"
    latitude = 53.0
    longitude = -1.0
    [[district]]
    code = "E07000902"
    name = "Lower Shire"
    latitude = 52.9
    longitude = -1.1
    """
)
