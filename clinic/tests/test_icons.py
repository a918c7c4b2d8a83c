"""Icons: one tag, names that exist, and nothing for assistive technology to read out."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.template import Context, Template
from django.template.library import SimpleNode
from django.template.loader import get_template

from clinic.icons import ICONS
from clinic.templatetags.icons import icon

FOLDER = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.suffix in {".html", ".txt"})


def uses(template: str) -> list[SimpleNode]:
    """Every place of a template where an icon is drawn, whether or not a page comes by there."""
    nodes = get_template(template).template.nodelist.get_nodes_by_type(SimpleNode)
    return [node for node in nodes if node.func is icon]


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_icon_that_a_template_names_exists(template):
    names = [node.args[0].resolve(Context()) for node in uses(template)]

    assert [name for name in names if name not in ICONS] == []


def test_every_icon_is_used_somewhere():
    used = {node.args[0].resolve(Context()) for template in TEMPLATES for node in uses(template)}

    assert set(ICONS) - used == set()


def test_an_icon_that_does_not_exist_is_an_error_and_not_an_empty_space():
    with pytest.raises(KeyError, match="clokc"):
        Template('{% icon "clokc" %}').render(Context())


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_is_hidden_from_assistive_technology_and_needs_no_inline_style(name):
    drawn = BeautifulSoup(icon(name, "icon--flip"), "html.parser").svg

    assert drawn["class"] == ["icon", "icon--flip"]
    assert (drawn["aria-hidden"], drawn["focusable"]) == ("true", "false")
    assert drawn.find_all(recursive=False) != []
    assert [each for each in [drawn, *drawn.find_all(True)] if each.has_attr("style")] == []
