"""croissant.json: the release in Croissant 1.1 with its responsible-AI vocabulary, as JSON-LD.

Everything is derived: files and digests from the manifest's list of files, fields from its columns and
features, duties from its licences, origins from its exports.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson

from ..model import NOASSERTION
from .cite import bibtex
from .metadata import languages
from .responsible import responsible_ai
from .terms import addresses_of, duties_of, licences_of
from .words import PUBLISH_PROVENANCE, RESPONSIBLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..manifest import Manifest

Facts = dict[str, Any]

CONFORMS_TO: Final = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
#: What stands in texts alone, and is an escape there. Python's own library spells all as ASCII, in ten times the time.
_BEYOND_ASCII: Final = re.compile(r"[^\n -~]+")
_PARQUET: Final = "application/x-parquet"
_SPLITS: Final = "splits"

_CONTEXT: Final[Facts] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "cc": "http://creativecommons.org/ns#",
    **{
        term: f"cr:{term}"
        for term in (
            "annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes",
            "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray",
            "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references",
            "regex", "repeated", "replace", "samplingRate", "sdVersion", "separator", "source", "subField",
            "transform", "unArchive", "value",
        )
    },
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
}  # fmt: skip

_DATA_TYPES: Final = {
    "string": "sc:Text",
    "int64": "sc:Integer",
    "bool": "sc:Boolean",
    "timestamp[us, tz=UTC]": "sc:DateTime",
}
#: What a record of each schema is; the terms in `equivalentProperty` are properties of it.
_RECORD_TYPES: Final = {"row": "sc:Comment", "conversation": "sc:Conversation", "credit": "sc:CreativeWork"}
_SPLIT_TERMS: Final = {
    "train": "cr:TrainingSplit",
    "validation": "cr:ValidationSplit",
    "test": "cr:TestSplit",
}


def croissant(manifest: Manifest) -> bytes:
    """The bytes of croissant.json: ASCII, two spaces of indentation, in the order of the specification."""
    spelt = orjson.dumps(describe(manifest), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    return _BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], spelt).encode("ascii")


def describe(manifest: Manifest) -> Facts:
    """The description as a JSON-LD object."""
    dataset, entries = manifest["dataset"], licences_of(manifest)
    creators = [{"@type": "sc:Organization", "name": name} for name in dataset["creators"]]
    values = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": dataset["name"],
        "alternateName": dataset["title"],
        "description": dataset["description"],
        "conformsTo": CONFORMS_TO,
        "url": dataset.get("homepage"),
        "version": manifest.version,
        "datePublished": dataset["released"],
        "license": addresses_of(entries) or [NOASSERTION],
        "creator": creators,
        "publisher": creators,
        "citeAs": bibtex(manifest),
        "keywords": sorted(set(dataset.get("keywords", []))),
        "inLanguage": languages(manifest),
        "isLiveDataset": False,
        "usageInfo": [_offer(entry) for entry in entries if entry["duties"]],
        "prov:wasDerivedFrom": [_export(export) for export in manifest["exports"]],
        "prov:wasGeneratedBy": _building(manifest),
        **responsible_ai(manifest),
        "distribution": [*_file_objects(manifest), *map(_file_set, manifest["configs"])],
        "recordSet": [_splits(manifest), *map(_record_set, manifest["configs"])],
    }
    return {key: value for key, value in values.items() if value not in (None, [])}


def _file_objects(manifest: Manifest) -> Iterator[Facts]:
    yield _file_object("manifest.json", manifest.root_digest, len(manifest.data), "application/json")
    for file in manifest["files"]:
        yield _file_object(file["path"], file["sha256"], file["bytes"], _PARQUET)


def _file_object(path: str, digest: str, size: int, encoding: str) -> Facts:
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{size} B",
        "encodingFormat": encoding,
        "sha256": digest,
    }


def _file_set(config: Facts) -> Facts:
    """All files of a config. It stands in no container: the patterns are relative to the release itself."""
    return {
        "@type": "cr:FileSet",
        "@id": _files_id(config),
        "name": _files_id(config),
        "description": f"The files of the config {config['name']}.",
        "encodingFormat": _PARQUET,
        "includes": [split["pattern"] for split in config["splits"]],
    }


def _files_id(config: Facts) -> str:
    return f"{config['name']}-files"


def _splits(manifest: Manifest) -> Facts:
    names = sorted({split["name"] for config in manifest["configs"] for split in config["splits"]})
    return {
        "@type": "cr:RecordSet",
        "@id": _SPLITS,
        "name": _SPLITS,
        "description": "The splits of all configs.",
        "dataType": "cr:Split",
        "key": {"@id": f"{_SPLITS}/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"{_SPLITS}/name", "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": f"{_SPLITS}/url", "name": "url", "dataType": "sc:Text"},
        ],
        "data": [{f"{_SPLITS}/name": name, f"{_SPLITS}/url": _SPLIT_TERMS.get(name, "cr:Split")} for name in names],
    }


def _record_set(config: Facts) -> Facts:
    name, meanings = config["name"], {column["name"]: column for column in config["columns"]}
    keys = [column["name"] for column in config["columns"] if column["property"] == "sc:identifier"]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": config["description"],
        **({"dataType": _RECORD_TYPES[config["schema"]]} if config["schema"] in _RECORD_TYPES else {}),
        **({"key": [{"@id": f"{name}/{key}"} for key in keys]} if keys else {}),
        "field": [
            *(_column(config, feature, meanings[feature["name"]]) for feature in config["features"]),
            _split_field(config),
        ],
    }


def _column(config: Facts, feature: Facts, column: Facts) -> Facts:
    place = f"{config['name']}/{feature['name']}"
    source = {"fileSet": {"@id": _files_id(config)}, "extract": {"column": feature["name"]}}
    return {
        "@type": "cr:Field",
        "@id": place,
        "name": feature["name"],
        "description": column["description"],
        **_typed(place, feature, source),
        **({"equivalentProperty": column["property"]} if column["property"] else {}),
    }


def _typed(place: str, feature: Facts, source: Facts) -> Facts:
    """Type and source of a field. The children of a structure are cut out of the same column by their key."""
    children = feature.get("struct") or feature.get("list")
    array = {"isArray": True, "arrayShape": "-1"} if {"list", "sequence"} & set(feature) else {}
    if not children:
        return {
            "dataType": _DATA_TYPES[feature.get("sequence") or feature["dtype"]],
            **array,
            "source": source,
        }
    return {**array, "subField": [_child(place, child, source) for child in children]}


def _child(place: str, child: Facts, source: Facts) -> Facts:
    return {
        "@type": "cr:Field",
        "@id": f"{place}/{child['name']}",
        "name": child["name"],
        "dataType": _DATA_TYPES[child["dtype"]],
        "source": {**source, "transform": {"jsonPath": child["name"]}},
    }


def _split_field(config: Facts) -> Facts:
    """The split, read off the file's name. The pattern matches its own result: readers may apply it twice."""
    names = "|".join(re.escape(split["name"]) for split in config["splits"])
    return {
        "@type": "cr:Field",
        "@id": f"{config['name']}/split",
        "name": "split",
        "description": "The split that the record belongs to.",
        "dataType": "sc:Text",
        "references": {"field": {"@id": f"{_SPLITS}/name"}},
        "source": {
            "fileSet": {"@id": _files_id(config)},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": f"^(?:.*/)?({names})(?:-[^/]*)?$"},
        },
    }


def _offer(entry: Facts) -> Facts:
    """The terms of one licence, for the rows whose licence column names it."""
    duties = duties_of(entry)
    rules = [_action(action) for duty in duties if duty.rule == "duty" for action in duty.actions]
    refused = [_action(action) for duty in duties if duty.rule == "prohibition" for action in duty.actions]
    return {
        "@type": ["CreativeWork", "odrl:Offer"],
        "name": f"Terms of the rows under {entry['license']}",
        "license": addresses_of([entry]),
        "odrl:target": {
            "@type": "odrl:AssetCollection",
            "odrl:refinement": {
                "@type": "odrl:Constraint",
                "odrl:leftOperand": {"@id": "sc:license"},
                "odrl:operator": {"@id": "odrl:eq"},
                "odrl:rightOperand": entry["license"],
            },
        },
        "odrl:permission": {
            "@type": "odrl:Permission",
            "odrl:action": {"@id": "odrl:use"},
            "odrl:duty": [{"@type": "odrl:Duty", "odrl:action": action} for action in rules],
        },
        **(
            {"odrl:prohibition": [{"@type": "odrl:Prohibition", "odrl:action": action} for action in refused]}
            if refused
            else {}
        ),
    }


def _action(name: str) -> Facts:
    if name != PUBLISH_PROVENANCE:
        return {"@id": name}
    return {
        "@type": "odrl:Action",
        "name": "Say where the text came from and what was changed",
        "odrl:includedIn": {"@id": "odrl:inform"},
    }


def _export(export: Facts) -> Facts:
    """One export that rows were made from: its name, its digest, and when it was taken."""
    return {
        "@type": ["prov:Entity", "CreativeWork"],
        "@id": quote(f"exports/{export['source']}/{export['file']}"),
        "name": f"{export['source']}/{export['file']}",
        "sha256": export["sha256"],
        "contentSize": f"{export['bytes']} B",
        **({"prov:generatedAtTime": export["retrieved_at"]} if export["retrieved_at"] else {}),
    }


def _building(manifest: Manifest) -> Facts:
    tool = manifest["tool"]
    digests = {"recipe": manifest["recipe_sha256"], "schemas": manifest["schema_sha256"]}
    return {
        "@type": "prov:Activity",
        "name": "Build of the release",
        "description": RESPONSIBLE["building"].format(**digests),
        "prov:wasAssociatedWith": {
            "@type": "prov:SoftwareAgent",
            "name": f"{tool['name']} {tool['version']}",
        },
    }
