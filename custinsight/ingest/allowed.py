"""The folders that a plan's sources may read from, and the kinds of files that are opened at all."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from custinsight.errors import SourceError


@dataclass(frozen=True)
class Grounds:
    """Where sources may lie: the audit's folder and those that the plan names under ``folders``.

    Parameters
    ----------
    root : Path
        Folder that relative paths start from: the one that holds audit.toml.
    folders : tuple of Path
        Real paths of the allowed folders, the root among them.
    """

    root: Path
    folders: tuple[Path, ...]

    @classmethod
    def of(cls, root: str | Path | Grounds, folders: Iterable[str | Path] = ()) -> Grounds:
        """Make grounds of a folder and of others, whose paths start from it.

        Raises
        ------
        SourceError
            A further folder does not exist.

        Examples
        --------
        >>> Grounds.of(".").allow(Path("audit.toml")), Grounds.of(".").allow(Path("/etc/passwd"))
        (True, False)
        """
        if isinstance(root, Grounds):
            return root
        root, named = Path(root), list(map(str, folders))
        further = [root / name for name in named]
        for folder, name in zip(further, named, strict=True):
            if not folder.is_dir():
                raise SourceError(
                    "folders must name folders that exist, got {folder}. Its path starts from audit.toml's folder.",
                    code="NO_FOLDER",
                    folder=repr(name)[:200],
                )
        return cls(root, tuple(folder.resolve() for folder in (root, *further)))

    @classmethod
    def anywhere(cls, root: str | Path = ".") -> Grounds:
        """Grounds for files that the user has named by hand, which may lie anywhere.

        Examples
        --------
        >>> Grounds.anywhere().allow(Path("/etc/hosts"))
        True
        """
        root = Path(root)
        return cls(root, (Path(root.resolve().anchor),))

    def allow(self, path: Path) -> bool:
        """Whether a file, followed to where it really lies, is in one of the folders."""
        real = path.resolve()
        return any(real.is_relative_to(folder) for folder in self.folders)

    def require(self, path: Path, *, source: str, key: str) -> None:
        """Refuse a file that lies elsewhere, or that is no regular file: a pipe or a device could wait for ever.

        Raises
        ------
        SourceError
            The file lies outside the folders, or is a device, a pipe or a socket.
        """
        names = {"source": source, "key": key, "file": path.name}
        if not self.allow(path):
            raise SourceError(
                "sources.{source}.{key}: {file} must lie in audit.toml's folder or in one that the plan names under "
                "folders, got a file elsewhere. Move it, or name its folder there.",
                code="OUTSIDE_FOLDERS",
                **names,
            )
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(
                "sources.{source}.{key}: {file} must be a file, got a device, a pipe or a socket. Save it as a file.",
                code="NO_REGULAR_FILE",
                **names,
            )


def require_no_link(path: Path, *, source: str, key: str) -> None:
    """Refuse a link that was found in a folder, which whoever fills the folder could point anywhere.

    Raises
    ------
    SourceError
        The path is a symbolic link.
    """
    if path.is_symlink():
        raise SourceError(
            "sources.{source}.{key}: {file} must be a file, got a link, which is not followed when a folder is read. "
            "Put the file itself there.",
            code="LINK",
            source=source,
            key=key,
            file=path.name,
        )
