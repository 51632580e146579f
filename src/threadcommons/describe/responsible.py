"""The responsible-AI part of the Croissant description: what was collected, how, about whom, and what to beware of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .words import AUTHOR_POLICIES, LIMITS

if TYPE_CHECKING:
    from ..manifest import Manifest


def responsible_ai(manifest: Manifest) -> dict[str, Any]:
    """RAI keys and values; a key that has nothing true to say is left out."""
    counts, labels = manifest["counts"], manifest["labels"]
    platforms = sorted({source["platform"] for source in manifest["by_source"]})
    taken = sorted(export["retrieved_at"] for export in manifest["exports"] if export["retrieved_at"])
    values = {
        "rai:dataCollection": f"{counts['exports']} exports of public conversations in {counts['sources']} sources, as the"
        f" platforms gave them ({', '.join(platforms)}), with {counts['records']} records.",
        "rai:dataCollectionType": ["Secondary Data Analysis"],
        "rai:dataCollectionRawData": "The exports are named with digest under prov:wasDerivedFrom; every row has the export"
        " that it was cut from, with the offset and length of its bytes.",
        "rai:dataCollectionTimeframe": [taken[0], taken[-1]] if taken else [],
        "rai:dataCollectionMissingData": f"{counts['withheld']} rows have no text because nobody has licensed it: they keep"
        " pointer, digest and labels. The ledger config names the fate of every record."
        if counts["withheld"]
        else "",
        "rai:dataPreprocessingProtocol": [
            "Records are cut at byte offsets, checked against a strict schema, licensed from evidence, and written in one"
            " canonical order.",
            "Text is unchanged apart from declared steps: markup to plain text, and redactions listed in the row.",
        ],
        "rai:dataAnnotationProtocol": [
            "Each label names its annotator and its method; annotations of a source are under the licence that the source"
            " declares for them.",
        ]
        if labels
        else [],
        "rai:personalSensitiveInformation": [AUTHOR_POLICIES[manifest["authors"]["policy"]]],
        "rai:dataLimitations": list(LIMITS),
        "rai:dataBiases": ["People who write in public forums are not a sample of anybody but themselves."],
        "rai:dataReleaseMaintenancePlan": "Releases are immutable and numbered; corrections and removals come with the next"
        f" version. Requests: {manifest['dataset']['contact']}",
    }
    return {key: value for key, value in values.items() if value}
