"""The release as a BagIt bag (RFC 8493): checksums of every file, in a form that archives know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..digest import sha256
from .markdown import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..manifest import Manifest

PAYLOAD: Final = "manifest-sha256.txt"
TAGS: Final = "tagmanifest-sha256.txt"
_DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def bag(manifest: Manifest, tag_files: Mapping[str, str]) -> dict[str, bytes]:
    """The four files of a bag.

    `tag_files` are all other files of the release outside data/, path -> SHA-256, manifest.json among them.
    The payload, everything below data/, is taken from the manifest.
    """
    made = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": _info(manifest),
        PAYLOAD: _checksums((file["path"], file["sha256"]) for file in manifest["files"]),
    }
    own = {path: sha256(data) for path, data in made.items()}
    return {**made, TAGS: _checksums({**tag_files, **own}.items())}


def _checksums(files: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{digest}  {_encoded(path)}\n" for path, digest in sorted(files)).encode()


def _encoded(path: str) -> str:
    """The three characters that a line of a bag's manifest cannot hold as they are."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _info(manifest: Manifest) -> bytes:
    dataset, tool, files = manifest["dataset"], manifest["tool"], manifest["files"]
    lines: list[tuple[str, Any]] = [
        *(("Source-Organization", name) for name in dataset["creators"]),
        ("Contact-Name", dataset["contact"]),
        ("External-Description", dataset["description"]),
        ("Bagging-Date", dataset["released"]),
        ("External-Identifier", f"sha256:{manifest.root_digest} (manifest.json, the root digest)"),
        ("External-Identifier", f"sha256:{manifest['content_digest']} (the content digest)"),
        ("Payload-Oxum", f"{sum(file['bytes'] for file in files)}.{len(files)}"),
        ("Internal-Sender-Identifier", f"{dataset['name']} {manifest.version}"),
        ("Bag-Software-Agent", f"{tool['name']} {tool['version']}"),
    ]
    return "".join(f"{label}: {one_line(str(value))}\n" for label, value in lines).encode()
