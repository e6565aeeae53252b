"""The image as the Dockerfile describes it, without a container engine: the same files, only to be read."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path

from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable).parent


class Image:
    """What the last stage of the Dockerfile says, and the tree that its stages make."""

    def __init__(self, file: Path = ROOT / "Dockerfile") -> None:
        with file.open("rb+") as source:
            self.parser = DockerfileParser(fileobj=source)
            self.lines = [one for one in self.parser.structure if one["instruction"] != "COMMENT"]

    @cached_property
    def stages(self) -> list[list[dict]]:
        """Instructions of each stage."""
        starts = [number for number, one in enumerate(self.lines) if one["instruction"] == "FROM"]
        return [self.lines[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]

    def said(self, name: str, stage: int = -1) -> list[str]:
        """Values of all instructions of a name in a stage."""
        return [one["value"] for one in self.stages[stage] if one["instruction"] == name]

    @property
    def user(self) -> tuple[int, int]:
        """User and group, by number, under which its processes run."""
        user, _, group = self.said("USER")[-1].partition(":")
        return int(user), int(group)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that every process of the image has."""
        words = [word for value in self.said("ENV") for word in shlex.split(value)]
        return dict(word.split("=", 1) for word in words)

    @property
    def entrypoint(self) -> list[str]:
        return json.loads(self.said("ENTRYPOINT")[-1])

    @property
    def health_check(self) -> list[str]:
        """The command that says whether `web` is well."""
        return json.loads(self.said("HEALTHCHECK")[-1].partition("CMD ")[2])

    def build(self, tree: Path) -> None:
        """Copy what the stage ``built`` copies, run what it runs on the copy, and let nobody write to it."""
        number = next(number for number, stage in enumerate(self.stages) if stage[0]["value"].endswith("AS built"))
        tree.mkdir()
        for value in self.said("COPY", number):
            self._copy(tree, shlex.split(value))
        for command in self.said("RUN", number):
            if "pip install" not in command:  # what it installs is what these tests run on
                self._run(tree, command)
        for folder, _, files in os.walk(tree):
            os.chmod(folder, 0o555)
            for file in files:
                os.chmod(Path(folder) / file, 0o444)

    def _copy(self, tree: Path, words: list[str]) -> None:
        *sources, target = [word for word in words if not word.startswith("--")]
        for source in sources:
            origin = ROOT / source.removeprefix("/app/")
            end = tree / target / origin.name if target.endswith("/") else tree / target
            if origin.is_dir():
                shutil.copytree(origin, end, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(origin, end)

    def _run(self, tree: Path, command: str) -> None:
        kept = {"PATH": f"{PYTHON}:{os.environ['PATH']}"}
        own = command.replace("/tmp/var", f"{tree}.var")
        subprocess.run(["sh", "-c", own], cwd=tree, env=kept, check=True, capture_output=True, timeout=120)
