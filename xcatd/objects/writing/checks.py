"""What must hold for objects of some types before anything is written for them; in xCAT's words where it has some."""

from __future__ import annotations

from collections.abc import Mapping

from xcatd.objects.world import World
from xcatd.store import Row


class Checks:
    """The checks of one type. Networks that the same command makes are known to it."""

    def __init__(self, world: World, kind: str) -> None:
        self._world = world
        self._kind = kind
        self._networks: dict[str, Row] = {}
        self._places: dict[tuple[str, str], str] = {}
        if kind == "network":
            for row in world.snapshot.table("networks").rows:
                if not row.hidden:
                    self._networks[row["netname"]] = row
                    self._places[row["net"], row["mask"]] = row["netname"]

    @property
    def are_needed(self) -> bool:
        """Whether texts of this type are looked at by `problems_of`."""
        return self._kind in ("network", "osimage")

    def problem_of_made(self, name: str, texts: Mapping[str, str], *, new: bool) -> str:
        """Why an object that is to have these texts and nothing else cannot be made; "" if it can."""
        if self._kind != "node":
            return ""
        if not texts.get("groups"):
            return f"Attribute 'groups' is not specified for node '{name}', skipping to the next node."
        if new and self._world.has_group(name):
            return f"'{name}' is the name of a group: choose another name for the node."
        return ""

    def problems_of(self, name: str, texts: Mapping[str, str], *, stored: bool) -> list[str]:
        """Why an object cannot have these texts. `stored`: it exists, and keeps what is not among them."""
        if self._kind == "osimage":
            return _root_options(texts.get("nfsrootopts", ""))
        return self._lacking(name, texts) if stored else self._new_network(name, texts)

    def _lacking(self, name: str, texts: Mapping[str, str]) -> list[str]:
        old = self._networks[name]
        lacking = [column for column in ("net", "mask") if not old[column] and not texts.get(column)]
        return [f"Attribute '{one}' is not specified for network entry '{name}', skipping." for one in lacking]

    def _new_network(self, name: str, texts: Mapping[str, str]) -> list[str]:
        place = (texts.get("net", ""), texts.get("mask", ""))
        if not all(place):
            return [f"Net or mask value should not be empty for xCAT network object '{name}'."]
        other = self._places.setdefault(place, name)
        if other == name:
            return []
        return [
            f"A network definition called '{other}' already exists that contains the same net and mask values."
            f" Cannot create a definition for '{name}'."
        ]


def _root_options(text: str) -> list[str]:
    """The root file system of a statelite image is mounted with these; it is always read-only."""
    for option in text.split(",") if text else ():
        if not option or option != "".join(option.split()):
            return ["nfsrootopts must be a comma-separated list without whitespace or empty options"]
        word = option.partition("=")[0].lower()
        if word in ("rw", "defaults"):
            return [f"nfsrootopts cannot contain '{word}'; statelite NFS roots are always read-only"]
    return []
