"""The geography: Lancashire as shipped, lookups that forgive spelling, and files of one's own."""

import pytest

from workflow.errors import InvalidInputError
from workflow.geography import load_geography, parse_geography

LANCASHIRE = load_geography()
SMALL = """
[authority]
code = "999"
name = "Small"
[[district]]
code = "E1"
name = "Only"
latitude = 50
longitude = 0
[[scheme]]
code = "care"
name = "Care"
[scheme.areas]
All = ["Only"]
"""


def test_lancashire_has_its_twelve_districts():
    assert len(LANCASHIRE.districts) == 12
    assert LANCASHIRE.districts["E07000117"] == "Burnley"
    assert (LANCASHIRE.authority_code, LANCASHIRE.authority_name) == ("888", "Lancashire")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Burnley", "E07000117"),
        ("  BURNLEY ", "E07000117"),
        ("Burnley Borough Council", "E07000117"),
        ("Borough of Burnley", "E07000117"),
        ("e07000117", "E07000117"),
        ("West\u00a0Lancs", "E07000127"),
        ("west-lancashire", "E07000127"),
        ("Lancaster City", "E07000121"),
        ("Ribble  Valley", "E07000124"),
        ("Blackburn & Darwen", None),
        ("Blackburn with Darwen", "E06000008"),
        ("Blackpool Council", "E06000009"),
        ("Atlantis", None),
        ("", None),
        ("Borough Council", None),
    ],
)
def test_a_district_is_found_by_code_or_by_any_usual_spelling(text, code):
    assert LANCASHIRE.find_district(text) == code


def test_a_neighbouring_authority_is_known_and_told_apart():
    assert LANCASHIRE.is_neighbour("E06000009")
    assert not LANCASHIRE.is_neighbour("E07000117")
    assert not LANCASHIRE.is_neighbour(None)
    assert "E06000009" not in LANCASHIRE.districts


@pytest.mark.parametrize("scheme", ["social_care", "early_help", "police"])
def test_every_scheme_covers_each_district_exactly_once(scheme):
    areas = LANCASHIRE.schemes[scheme].areas
    covered = sorted(
        code for codes in areas.values() for code in codes if code in LANCASHIRE.places
    )
    assert covered == sorted(LANCASHIRE.districts)


def test_the_schemes_cut_across_each_other():
    rossendale, burnley = "E07000125", "E07000117"
    one, other = LANCASHIRE.areas_of(rossendale), LANCASHIRE.areas_of(burnley)
    assert one["social_care"] == other["social_care"] == "East"
    assert one["early_help"] != other["early_help"]


def test_distances_are_symmetric_and_about_right():
    lancaster, preston = "E07000121", "E07000123"
    assert LANCASHIRE.distance_km(preston, preston) == 0
    assert LANCASHIRE.distance_km(lancaster, preston) == LANCASHIRE.distance_km(preston, lancaster)
    assert 28 < LANCASHIRE.distance_km(lancaster, preston) < 38


def test_a_distance_to_an_unknown_place_is_an_error():
    with pytest.raises(KeyError):
        LANCASHIRE.distance_km("E07000117", "E99")


def test_names_are_given_for_codes():
    assert LANCASHIRE.name_of("E06000008") == "Blackburn with Darwen"
    assert LANCASHIRE.name_of("E99") == "E99"


def test_a_council_can_bring_its_own_file(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, "utf-8")
    assert load_geography(path).areas_of("E1") == {"care": "All"}


@pytest.mark.parametrize(
    "text",
    [
        "not = toml = at all",
        "",
        SMALL.replace('name = "Only"\nlat', "lat"),
        SMALL.replace('["Only"]', '["Elsewhere"]'),
        SMALL.replace("latitude = 50", 'latitude = "north"'),
        "district = 3\n[authority]\ncode = '1'\nname = 'x'",
    ],
)
def test_a_broken_geography_is_refused_in_one_sentence(text):
    with pytest.raises(InvalidInputError, match=r"^The geography .*\.$"):
        parse_geography(text)


def test_a_missing_file_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(InvalidInputError, match=r"cannot be read"):
        load_geography(tmp_path / "none.toml")
