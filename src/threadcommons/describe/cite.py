"""How to cite a release: one function per style, each naming version and root digest.

The digest is what makes a citation exact: whoever holds a copy can compute it, and no other dataset has the
same.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ..errors import BadUsage
from .frontmatter import dump
from .markdown import one_line
from .terms import address_of, ids_of, licences_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..manifest import Manifest

#: Ids of licences for data that the citation file format knows; its list is older than some of them.
CFF_LICENSES: Final = frozenset(
    {f"CC-BY{kind}-{version}" for kind in ("", "-SA", "-NC", "-NC-SA", "-ND", "-NC-ND")
     for version in ("1.0", "2.0", "2.5", "3.0", "4.0")}
    | {"CC0-1.0", "PDDL-1.0", "ODbL-1.0", "ODC-By-1.0", "CDLA-Permissive-1.0", "CDLA-Sharing-1.0"}
)  # fmt: skip

_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "#$%&_"},
}
#: What an address may hold; the field is verbatim, so a brace or a backslash in it could not be escaped.
_VERBATIM: Final = "%:/?#@!$&'*+,;=~-._"
_MESSAGE: Final = "Cite the version that you used, with its digest; credit the authors of posts as NOTICE.md says."
_NOT_IN_A_KEY: Final = re.compile(r"[^A-Za-z0-9.-]+")


def cite(manifest: Manifest, style: str = "bibtex") -> str:
    """The citation of a release in one of `STYLES`, ended by a line feed. Raises BadUsage for any other."""
    if style not in STYLES:
        raise BadUsage(f"no citation style is called {style!r}", hint=f"choose one of {', '.join(STYLES)}")
    return STYLES[style](manifest)


def citation_file(manifest: Manifest) -> bytes:
    """CITATION.cff."""
    return cite(manifest, "cff").encode("ascii")


def text(manifest: Manifest) -> str:
    """One line of prose, APA order: who, year, title, version, what, where, which bytes."""
    dataset = manifest["dataset"]
    creators = ", ".join(map(one_line, dataset["creators"]))
    where = f" {one_line(dataset['homepage'])}" if dataset.get("homepage") else ""
    title = f"{one_line(dataset['title'])} (Version {manifest.version})"
    return f"{creators} ({_year(manifest)}). {title} [Data set].{where} sha256:{manifest.root_digest}\n"


def bibtex(manifest: Manifest) -> str:
    """An entry that BibTeX and biblatex know. Names and title are braced, so neither takes them apart."""
    dataset = manifest["dataset"]
    fields = {
        "author": " and ".join(f"{{{_latex(name)}}}" for name in dataset["creators"]),
        "title": f"{{{_latex(dataset['title'])}}}",
        "year": _year(manifest),
        "howpublished": "Data set",
        "version": manifest.version,
        "note": f"Version {manifest.version}, sha256:{manifest.root_digest}",
        **({"url": quote(dataset["homepage"], safe=_VERBATIM)} if dataset.get("homepage") else {}),
    }
    key = _NOT_IN_A_KEY.sub("-", f"{dataset['name']}-{manifest.version}")
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}}}\n"


def cff(manifest: Manifest) -> str:
    """Citation File Format 1.2.0. A licence only when one covers everything; a list would mean any one."""
    dataset, licences = manifest["dataset"], licences_of(manifest)
    only = licences[0]["license"] if len(licences) == 1 and not manifest["counts"]["withheld"] else None
    values = {
        "cff-version": "1.2.0",
        "message": _MESSAGE,
        "type": "dataset",
        "title": dataset["title"],
        "abstract": dataset["description"],
        "authors": [{"name": name} for name in dict.fromkeys(dataset["creators"])],
        "version": manifest.version,
        "date-released": dataset["released"],
        "license": only if only in CFF_LICENSES else None,
        "url": _web(dataset.get("homepage")),
        "keywords": sorted(set(dataset.get("keywords", []))),
        "identifiers": [
            {"type": "other", "value": f"sha256:{digest}", "description": meaning}
            for meaning, digest in _digests(manifest)
        ],
    }
    return dump({key: value for key, value in values.items() if value})


def csl_json(manifest: Manifest) -> str:
    """CSL-JSON, as reference managers read it: a list with one item."""
    dataset = manifest["dataset"]
    item = {
        "id": f"{dataset['name']}-{manifest.version}",
        "type": "dataset",
        "title": dataset["title"],
        "author": [{"literal": name} for name in dataset["creators"]],
        "issued": {"date-parts": [[int(part) for part in dataset["released"].split("-")]]},
        "version": manifest.version,
        "abstract": dataset["description"],
        "number": f"sha256:{manifest.root_digest}",
        "URL": _web(dataset.get("homepage")),
    }
    return _json([{key: value for key, value in item.items() if value}])


def datacite(manifest: Manifest) -> str:
    """DataCite metadata, schema 4: what a repository asks for when it gives the release a DOI."""
    dataset = manifest["dataset"]
    record = {
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Conversations"},
        "titles": [{"title": dataset["title"]}],
        "creators": [{"name": name} for name in dataset["creators"]],
        "publisher": {"name": ", ".join(dataset["creators"])},
        "publicationYear": _year(manifest),
        "dates": [{"date": dataset["released"], "dateType": "Issued"}],
        "version": manifest.version,
        "descriptions": [{"description": dataset["description"], "descriptionType": "Abstract"}],
        "subjects": [{"subject": word} for word in sorted(set(dataset.get("keywords", [])))],
        "rightsList": [_rights(entry) for entry in licences_of(manifest)],
        "alternateIdentifiers": [
            {"alternateIdentifier": f"sha256:{digest}", "alternateIdentifierType": meaning}
            for meaning, digest in _digests(manifest)
        ],
        "sizes": [
            f"{manifest['counts']['rows']} rows",
            f"{sum(file['bytes'] for file in manifest['files'])} bytes",
        ],
        "formats": ["application/vnd.apache.parquet"],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }
    return _json({key: value for key, value in record.items() if value})


#: Style -> how it is written. A new style is a function and a line here.
STYLES: Final[dict[str, Callable[[Manifest], str]]] = {
    "bibtex": bibtex,
    "cff": cff,
    "csl-json": csl_json,
    "datacite": datacite,
    "text": text,
}


def _digests(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    return (
        ("root digest: of manifest.json, and through it of the whole release", manifest.root_digest),
        ("content digest: of the data files", manifest["content_digest"]),
    )


def _rights(entry: dict[str, Any]) -> dict[str, str]:
    """A licence in DataCite's words; without an address where several ids stand together."""
    ids = ids_of(entry["license"])
    address = address_of(ids[0]) if len(ids) == 1 else None
    return {
        "rights": entry["name"],
        "rightsIdentifier": entry["license"],
        "rightsIdentifierScheme": "SPDX",
        "schemeUri": "https://spdx.org/licenses/",
        **({"rightsUri": address} if address else {}),
    }


def _year(manifest: Manifest) -> str:
    return str(manifest["dataset"]["released"][:4])


def _web(address: str | None) -> str | None:
    return address if address and address.startswith(("https://", "http://")) else None


def _latex(value: str) -> str:
    return "".join(_LATEX.get(mark, mark) for mark in one_line(value))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
