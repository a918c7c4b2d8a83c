"""**Practitioners** in a browser: who works when and where, with and without script, on a desk and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from .test_every_page import CLINIC

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]


@pytest.fixture
def priya(page_of):
    """Priya of the front desk, with no script."""
    return page_of("priya", java_script_enabled=False)


def test_the_front_desk_finds_who_works_where_on_a_day_without_a_script(priya):
    """C7."""
    priya.get_by_role("navigation", name="Main").get_by_role("link", name="Practitioners").click()
    rows = priya.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.first.get_by_role("columnheader")).to_have_count(8)

    priya.get_by_label("Business").select_option(label="Northside Studio")
    priya.get_by_label("Day").select_option(label="Tuesday")
    priya.get_by_role("button", name="Show").click()
    expect(rows.first.get_by_role("columnheader")).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("Ada Okafor")
    expect(rows).to_have_count(2)
    expect(priya.get_by_label("Business").locator("option:checked")).to_have_text("Northside Studio")
    expect(priya.get_by_label("Day").locator("option:checked")).to_have_text("Tuesday")

    priya.get_by_role("link", name="Next week").click()
    expect(priya.get_by_role("link", name="This week")).to_be_visible()
    expect(priya.get_by_label("Day").locator("option:checked")).to_have_text("Tuesday")
    priya.get_by_role("link", name="Show everyone").click()
    expect(rows).to_have_count(3)


def test_a_practitioners_own_page_shows_the_week_and_offers_the_front_desk_nothing_to_change(priya):
    priya.goto(f"{CLINIC}practitioners/")
    priya.get_by_role("link", name="Rosa Delgado").click()

    expect(priya.get_by_role("heading", level=1, name="Rosa Delgado")).to_be_visible()
    expect(priya.get_by_role("img", name="The hours listed below, drawn as a week")).to_be_visible()
    expect(priya.get_by_role("definition").filter(has_text=re.compile(r"\d to \d+:\d\d at")).first).to_be_visible()
    expect(priya.get_by_role("main").get_by_role("button")).to_have_count(0)


def test_on_a_phone_every_column_of_the_picture_keeps_its_letter_and_words_are_not_cut_off(page_of):
    page = page_of("rosa", viewport={"width": 390, "height": 800})
    page.goto(f"{CLINIC}practitioners/")
    page.get_by_role("link", name="Rosa Delgado").click()

    letters = page.locator(".week__letter")
    expect(letters.first).to_be_visible()
    for block in page.locator("svg.week__block:has(.week__letter)").all():
        outer, inner = block.locator("rect").bounding_box(), block.locator(".week__letter").bounding_box()
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_a_long_name_of_a_clinic_leaves_the_top_bar_whole_on_a_phone(page_of):
    page = page_of("tomasz", viewport={"width": 390, "height": 800})
    page.goto(f"{CLINIC}practitioners/")
    page.locator(".topbar__name bdi").evaluate(
        "name => { name.textContent = 'Harbour Street Physiotherapy '.repeat(4) }"
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for link in ("Practitioners", "Settings"):
        expect(page.get_by_role("navigation", name="Main").get_by_role("link", name=link)).to_be_in_viewport(ratio=1)
    expect(page.locator("details.menu summary")).to_be_in_viewport(ratio=1)
