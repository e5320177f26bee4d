"""A YAML file whose parts know where they stand, so that a mistake can be named with its line."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

from xcatd.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file: a text, a list or `name: value` lines."""

    path: Path
    node: yaml.Node

    @property
    def where(self) -> str:
        return f"{self.path} line {self.node.start_mark.line + 1}"

    def wrong(self, sentence: str) -> ConfigError:
        """The error to raise for this part: what is wrong, and the remedy."""
        return ConfigError(f"{self.where}: {sentence}")

    def entries(self, known: Collection[str] = ()) -> dict[str, Part]:
        """What stands at each name. ConfigError for a name that stands twice, or is not among the `known` ones, if any."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("write `name: value` lines here")
        found: dict[str, Part] = {}
        for key, value in self.node.value:
            name = Part(self.path, key).text
            if name in found:
                raise Part(self.path, key).wrong(f"{name} stands there twice; keep one")
            if known and name not in known:
                raise Part(self.path, key).wrong(f"unknown word {name!r}; {meant(name, known)}")
            found[name] = Part(self.path, value)
        return found

    @property
    def items(self) -> list[Part]:
        """The parts of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("write a list here")
        return [Part(self.path, each) for each in self.node.value]

    @property
    def text(self) -> str:
        """The text as it stands there: `yes` is yes; nothing is the empty text."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.wrong("write one word or a text here")
        return "" if self.node.tag.endswith(":null") else str(self.node.value)

    @property
    def is_text(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode)


def meant(name: str, known: Collection[str]) -> str:
    """What to say after a name that nobody knows."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"do you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"


def read_page(path: Path) -> Part | None:
    """A file; None when there is nothing in it. Raises ConfigError when it cannot be read or is not YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}; correct it, or take it away") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path} line {line}: {error.problem}; this is not YAML, correct it") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path} line {line}: a character that YAML does not allow; remove it") from error
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return None
    return Part(path, node)
