"""The shells' functions where bash and zsh look for them. What they do: tests/integration/test_completion.py."""

from __future__ import annotations

import subprocess
from pathlib import Path

from xcat_client import install, shells


def test_each_name_is_found_by_bash_and_all_by_zsh(tmp_path: Path) -> None:
    for _ in range(2):
        shells.install_completion(tmp_path, Path("/opt/x/bin/xcat"), ["nodels", "lsdef", "xcat"])
    folder = tmp_path / "bash-completion/completions"
    assert sorted(path.name for path in folder.iterdir()) == ["lsdef", "nodels", "xcat"]
    assert [(folder / name).readlink() for name in ("lsdef", "nodels")] == [Path("xcat"), Path("xcat")]
    text = (folder / "xcat").read_text()
    assert "_xcat_complete lsdef nodels xcat\n" in text
    assert "/opt/x/bin/xcat xcatcomplete --line" in text
    subprocess.run(["bash", "-n", str(folder / "xcat")], check=True)
    zsh = tmp_path / "zsh/site-functions/_xcat"
    assert zsh.read_text().startswith("#compdef lsdef nodels xcat\n")
    assert "@" not in zsh.read_text().replace("(@", "")


def test_they_come_with_the_commands(tmp_path: Path) -> None:
    words = [str(tmp_path / "bin"), "nodels", "--completion", str(tmp_path / "share")]
    assert install.main(words) == 0
    assert f"{tmp_path}/bin/xcat xcatcomplete" in (tmp_path / "share/bash-completion/completions/nodels").read_text()
