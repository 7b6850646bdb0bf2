import hashlib
import http.server
import shutil
import subprocess
import threading

import pytest

from neurarium.core import NeurariumError
from neurarium.tasks import _files
from neurarium.tasks._files import find_data, local_data

NOWHERE = "http://127.0.0.1:9/set/a.gz"
CONTENT = b"some bytes"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setattr(_files, "_cache", lambda: folder)
    monkeypatch.delenv("NEURARIUM_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    return folder


def put(folder, content=CONTENT):
    path = folder / "set" / "a.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_the_data_folder_comes_before_the_cache(cache, tmp_path, monkeypatch):
    cached = put(cache)
    assert find_data("set/a.gz", url=NOWHERE, sha256=SHA256) == cached
    given = put(tmp_path / "given")
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path / "given"))
    assert find_data("set/a.gz", url=NOWHERE, sha256=SHA256) == given


@pytest.mark.parametrize(
    "name",
    ["../a.gz", "set/../../a.gz", "/etc/passwd", "set//a", "set/", "", ".hidden", "set\\..\\a", "C:/a", "a\n", "~/a"],
)
def test_names_cannot_leave_the_folder(cache, name):
    with pytest.raises(NeurariumError, match="name"):
        find_data(name, url=NOWHERE, sha256=SHA256)


def test_a_damaged_file_is_not_handed_out(cache):
    put(cache, b"other bytes")
    with pytest.raises(NeurariumError, match=r"damaged.*curl") as error:
        find_data("set/a.gz", url=NOWHERE, sha256=SHA256)
    assert NOWHERE in str(error.value)


def test_a_misspelt_data_folder_is_an_error(cache, monkeypatch):
    monkeypatch.setenv("NEURARIUM_DATA", "/no/such/folder")
    with pytest.raises(NeurariumError, match="existing folder"):
        local_data("set/a.gz", sha256=SHA256)


def test_offline_the_error_holds_the_line_that_fetches(cache):
    with pytest.raises(NeurariumError, match="could not be fetched") as error:
        find_data("set/a.gz", url=NOWHERE, sha256=SHA256)
    assert str(error.value).endswith(f"curl -fL --create-dirs -o {cache}/set/a.gz {NOWHERE}")
    assert local_data("set/a.gz", sha256=SHA256) is None


@pytest.fixture
def home(tmp_path):
    put(tmp_path / "home")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tmp_path / "home"))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/set/a.gz"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_missing_file_is_fetched_into_the_cache(cache, home):
    path = find_data("set/a.gz", url=home, sha256=SHA256)
    assert path == cache / "set" / "a.gz"
    assert path.read_bytes() == CONTENT


def test_a_download_with_another_checksum_is_refused(cache, home):
    with pytest.raises(NeurariumError, match="could not be fetched"):
        find_data("set/a.gz", url=home, sha256="0" * 64)
    assert not (cache / "set" / "a.gz").exists()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed here")
def test_the_line_in_the_error_works(cache, home, monkeypatch):
    with monkeypatch.context() as offline:
        offline.setattr(_files.pooch, "retrieve", lambda *a, **k: (_ for _ in ()).throw(OSError("no network")))
        with pytest.raises(NeurariumError) as error:
            find_data("set/a.gz", url=home, sha256=SHA256)
    line = str(error.value).split("network: ")[1]
    subprocess.run(line, shell=True, check=True, capture_output=True)
    assert find_data("set/a.gz", url=NOWHERE, sha256=SHA256).read_bytes() == CONTENT
