"""`cmake --install`: a project of somebody else's finds the package, and runs."""

import subprocess

import pytest

from conftest import BUILD, ROOT


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Where the build that there is has been installed."""
    folder = tmp_path_factory.mktemp("prefix")
    subprocess.run(
        ["cmake", "--install", str(BUILD), "--prefix", str(folder)], check=True, capture_output=True
    )
    return folder


def test_an_outside_project_finds_the_package(prefix, tmp_path):
    source = ROOT / "test" / "outside"
    options = ["-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release"]
    for command in (
        ["cmake", "-S", str(source), "-B", str(tmp_path), *options],
        ["cmake", "--build", str(tmp_path)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([str(tmp_path / "outside")], capture_output=True, text=True, check=True)
    writes = -(-10000 // 512)  # of BulkSendApplication's SendSize, a page each
    assert done.stdout == f"10000 bytes arrived; the sender pinned {writes} pages\n"


def test_installed_headers_keep_to_a_folder_of_their_own(prefix):
    assert [path.name for path in (prefix / "include").iterdir()] == ["payload-cache"]
    installed = {path.name for path in (prefix / "include" / "payload-cache").iterdir()}
    assert not [name for name in installed if name.endswith("-private.h")]
    for folder in ("helper", "model", "model/core"):
        ours = {path.name for path in (ROOT / folder).glob("*.h")}
        assert {name for name in ours if not name.endswith("-private.h")} <= installed


def test_profiles_are_installed(prefix):
    shipped = {path.name: path.read_text() for path in (ROOT / "profiles").glob("*.txt")}
    folder = prefix / "share" / "payload-cache" / "profiles"
    assert {path.name: path.read_text() for path in folder.iterdir()} == shipped


def test_the_package_does_not_know_where_it_was_built(prefix):
    for path in [*prefix.rglob("*.cmake"), *prefix.rglob("*.h")]:
        text = path.read_text()
        assert str(ROOT) not in text and str(BUILD) not in text, path
