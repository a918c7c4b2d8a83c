"""Businesses in a browser: one is added and made inactive, with scripts and without."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import open_clinic
from .people import Clinic, expect_told

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]


def add_business(page: Page, clinic: Clinic, name: str) -> None:
    """From the list to the form and back."""
    page.goto(clinic.url("settings/businesses/"))
    page.get_by_role("link", name="Add business").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Address").fill("5 Quay Street\nFremantle WA 6160")
    page.get_by_label("Time zone").select_option("Australia/Perth")
    page.get_by_role("button", name="Add business").click()
    expect_told(page, f"{name} was added.")


def expect_added_and_made_inactive(page: Page, clinic: Clinic, *, has_scripts: bool) -> None:
    """Add North Rooms, look at its row, make it inactive, and find it again."""
    add_business(page, clinic, "North Rooms")
    row = page.get_by_role("row").filter(has_text="North Rooms")
    expect(row).to_contain_text("5 Quay Street, Fremantle WA 6160")
    expect(row).to_contain_text("Australia/Perth")
    page.get_by_role("link", name="North Rooms").click()
    page.get_by_role("group", name="Active business").get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Update business").click()
    expect_told(page, "North Rooms is inactive. Its hours are kept")

    page.get_by_role("main").get_by_role("link", name="Businesses").click()
    expect(row).to_have_count(0)
    page.get_by_label("Show inactive businesses").check()
    if not has_scripts:
        page.get_by_role("button", name="Show").click()
    expect(row).to_have_class(re.compile("faded"))
    expect(row).to_contain_text("Inactive")


def test_a_business_is_added_and_made_inactive(page):
    expect_added_and_made_inactive(page, open_clinic(page), has_scripts=True)


def test_it_works_without_scripts(page_without_script):
    clinic = open_clinic(page_without_script)

    expect_added_and_made_inactive(page_without_script, clinic, has_scripts=False)


def test_a_double_click_adds_one(page):
    clinic = open_clinic(page)
    page.goto(clinic.url("settings/businesses/new/"))
    page.get_by_label("Name", exact=True).fill("North Rooms")
    page.get_by_role("button", name="Add business").dblclick()

    expect_told(page, "North Rooms was added.")
    expect(page.get_by_role("row").filter(has_text="North Rooms")).to_have_count(1)


def test_a_name_that_is_taken_is_said_beside_the_field_and_nothing_is_lost(page):
    clinic = open_clinic(page)
    page.goto(clinic.url("settings/businesses/new/"))
    page.get_by_label("Name", exact=True).fill(clinic.name.upper())
    page.get_by_label("Address").fill("5 Quay Street")
    page.get_by_role("button", name="Add business").click()

    expect(page.locator("#id_name_error")).to_contain_text("already. Choose another name.")
    expect(page.get_by_label("Address")).to_have_value("5 Quay Street")
    expect(page.get_by_label("Name", exact=True)).to_have_value(clinic.name.upper())
