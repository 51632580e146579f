"""The responsible-AI part of Croissant: what was collected, how, about whom, and what to beware of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .words import AUTHOR_POLICIES, LIMITS, RESPONSIBLE

if TYPE_CHECKING:
    from ..manifest import Manifest


def responsible_ai(manifest: Manifest) -> dict[str, Any]:
    """RAI keys and values; a key that has nothing true to say is left out."""
    counts = manifest["counts"]
    platforms = ", ".join(sorted({source["platform"] for source in manifest["by_source"]}))
    taken = sorted(export["retrieved_at"] for export in manifest["exports"] if export["retrieved_at"])
    missing = RESPONSIBLE["missing"].format(**counts) if counts["withheld"] else ""
    values = {
        "rai:dataCollection": RESPONSIBLE["collection"].format(**counts, platforms=platforms),
        "rai:dataCollectionType": RESPONSIBLE["collection_type"],
        "rai:dataCollectionRawData": RESPONSIBLE["raw"],
        "rai:dataCollectionTimeframe": [taken[0], taken[-1]] if taken else [],
        "rai:dataCollectionMissingData": missing,
        "rai:dataPreprocessingProtocol": RESPONSIBLE["preprocessing"],
        "rai:dataAnnotationProtocol": RESPONSIBLE["annotation"] if manifest["labels"] else "",
        "rai:personalSensitiveInformation": [AUTHOR_POLICIES[manifest["authors"]["policy"]]],
        "rai:dataLimitations": list(LIMITS),
        "rai:dataBiases": RESPONSIBLE["biases"],
        "rai:dataReleaseMaintenancePlan": f"{RESPONSIBLE['maintenance']} {manifest['dataset']['contact']}",
    }
    return {key: value for key, value in values.items() if value}
