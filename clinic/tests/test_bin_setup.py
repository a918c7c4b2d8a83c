"""bin/_setup.py: what happens to a virtual environment that isn't this folder's own."""

import pytest

from clinic.tests.test_deploying import script

pytestmark = pytest.mark.once


def test_a_venv_that_is_a_link_is_refused_and_what_it_points_to_stays(tmp_path, monkeypatch):
    setup = script("_setup.py")
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    (theirs / "lib").mkdir(parents=True)
    ours.mkdir()
    (ours / "requirements.txt").touch()
    (ours / ".venv").symlink_to(theirs)
    monkeypatch.setattr(setup, "ROOT", ours)
    monkeypatch.setattr(setup, "VENV", ours / ".venv")
    monkeypatch.setattr(setup, "PYTHON", str(ours / ".venv" / "bin" / "python"))

    with pytest.raises(setup.Problem, match=f"is a symbolic link to {theirs}"):
        setup.prepare_venv(development=False)

    assert [path.name for path in theirs.iterdir()] == ["lib"]
