from __future__ import annotations

import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from consentkit.errors import ConfigError
from consentkit.log import KeyFile
from consentkit.log.key import new_signer

MAKE = (
    "import sys; from pathlib import Path; from consentkit.log import KeyFile;"
    "print(KeyFile(Path(sys.argv[1])).make().verifier)"
)


@pytest.fixture
def key(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "instance" / "consent-log.key")


def test_no_key_is_there_before_one_is_made(key: KeyFile) -> None:
    assert key.load() is None
    assert not key.path.parent.exists()


def test_a_key_is_made_once(key: KeyFile) -> None:
    made = key.make()
    assert (key.load(), key.make()) == (made, made)
    assert [path.name for path in key.path.parent.iterdir()] == ["consent-log.key"]


def test_only_the_shop_can_read_the_key(key: KeyFile) -> None:
    key.make()
    assert key.path.stat().st_mode & 0o777 == 0o600


def test_a_key_is_named_after_its_public_half(key: KeyFile) -> None:
    verifier = key.make().verifier
    assert verifier.name == f"consentkit/{sha256(verifier.public).hexdigest()[:8]}"
    assert re.fullmatch(r"PRIVATE\+KEY\+consentkit/.*\n", key.path.read_text("utf-8"))


def test_a_checkpoint_is_remembered_for_any_user(key: KeyFile) -> None:
    assert key.remembered() is None
    key.remember("nowhere")  # and nothing is said of it
    assert key.remembered() is None
    key.path.parent.mkdir()
    for note in ("one", "two"):
        key.remember(note)
        assert key.remembered() == note
    written = key.memory.stat().st_ino
    key.remember("two")
    assert key.memory.stat().st_ino == written  # nothing new, nothing written
    assert key.memory.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in key.path.parent.iterdir()] == [key.memory.name]


def test_keys_differ() -> None:
    assert new_signer() != new_signer()


def test_threads_that_begin_at_once_end_with_one_key(key: KeyFile) -> None:
    gate = threading.Barrier(8)

    def make(_number: int) -> str:
        gate.wait()
        return str(key.make().verifier)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1


def test_processes_that_begin_at_once_end_with_one_key(key: KeyFile) -> None:
    command = [sys.executable, "-c", MAKE, str(key.path)]
    root = Path(__file__).parents[2]
    made = [
        subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) for _ in range(3)
    ]
    found = {process.communicate(timeout=300)[0] for process in made}
    assert found == {f"{key.make().verifier}\n".encode()}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"PRIVATE+KEY+a+00000000+AA=="])
def test_a_damaged_key_is_an_error_with_a_remedy(key: KeyFile, content: bytes) -> None:
    key.make()
    key.path.write_bytes(content)
    with pytest.raises(ConfigError, match="restore this file from a backup") as caught:
        key.load()
    assert caught.value.key == "CONSENTKIT_LOG_KEY"
    assert content.decode("utf-8", "replace") not in str(caught.value) or not content


def test_a_folder_that_cant_be_written_gives_no_key(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        KeyFile(tmp_path / "file" / "consent-log.key").make()
