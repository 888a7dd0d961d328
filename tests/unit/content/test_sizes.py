"""How much an asset may have to send."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.content.sizes import upload_size
from tests.fakes.builders import code, environment, model, write_files


def test_all_files_that_are_content_count(tmp_path: Path) -> None:
    write_files(tmp_path, {"score.py": "12345", "lib/a.py": "67", "__pycache__/a.pyc": "no"})
    assert upload_size(code(path=tmp_path)) == 7
    assert upload_size(model(path=tmp_path / "score.py")) == 5


def test_what_is_in_a_datastore_or_told_by_name_is_not_sent() -> None:
    assert upload_size(model(path=None, datastore="d", datastore_path="p")) == 0
    assert upload_size(environment(conda_file="dependencies: []")) == 0


def test_a_build_context_counts_where_the_dockerfile_reads_it(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "context", {"a.txt": "123", "Dockerfile": "FROM x"})
    inside = environment(
        context=folder, dockerfile="FROM x", dockerfile_path=folder / "Dockerfile", image=None
    )
    assert upload_size(inside) == 9
    outside = tmp_path / "Dockerfile"
    reading = environment(
        context=folder, dockerfile="COPY a.txt .", dockerfile_path=outside, image=None
    )
    assert upload_size(reading) == len("COPY a.txt .") + 9
    blind = environment(context=folder, dockerfile="FROM x", dockerfile_path=outside, image=None)
    assert upload_size(blind) == len("FROM x")
