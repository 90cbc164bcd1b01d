"""Single records of API v4: taxa, full assessments, Green Status assessments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .answer import Answer, Kind, Target, dump, error, in_json
from .assessment import Assessments
from .catalogue import Catalogue
from .hashing import Dice, mix
from .prose import documentation
from .rows import SITE, Rows
from .structure import SPECIES
from .taxa import Json, Taxa

_GREEN: Final = 80  # Green Status assessments
_GREEN_LEVELS: Final = ("Zero", "Low", "Medium", "High", "Indeterminate")
_RECOVERY: Final = (
    "Fully Recovered", "Slightly Depleted", "Moderately Depleted", "Largely Depleted",
    "Critically Depleted", "Indeterminate",
)  # fmt: skip
_MEASURES: Final = (
    "conservation_legacy", "conservation_dependence", "conservation_gain", "recovery_potential",
)  # fmt: skip


class Records:
    """Writes the single records of one catalogue."""

    def __init__(self, catalogue: Catalogue, rows: Rows) -> None:
        """Records of *catalogue*, whose short rows are written by *rows*."""
        self._catalogue = catalogue
        self._rows = rows
        self._taxa = Taxa(catalogue)
        self._assessments = Assessments(catalogue, self._taxa)

    def assessment(self, assessment: int) -> Answer:
        """An assessment in full."""
        return in_json(self._assessments.whole(assessment), Kind.RECORD)

    def taxon_by_sis_id(self, sis_id: int) -> Answer:
        """A taxon and its assessments, by its id."""
        taxon = self._catalogue.structure.taxon_of_sis_id(sis_id)
        if taxon is None:
            return error(404, "Not found")
        return self._taxon(taxon, f'"sis_id":{sis_id},', "")

    def taxon_by_name(self, target: Target) -> Answer:
        """A taxon and its assessments, by its name."""
        keys = ("genus_name", "species_name", "infra_name", "subpopulation_name")
        genus, species, infra, population = (target.value(key) for key in keys)
        if not genus or not species:
            return error(400, "genus_name and species_name are required")
        taxon = self._catalogue.names.find(genus, species, infra, population)
        if taxon is None:
            return error(404, "Not found")
        sent = {name: value for name, value in target.query if name in keys}
        return self._taxon(taxon, "", f',"params":{dump(sent)}')

    def _taxon(self, taxon: int, head: str, tail: str) -> Answer:
        members = self._catalogue.structure.assessments_of(taxon)
        body = (
            f'{{{head}"taxon":{dump(self._taxa.whole(taxon))},'
            f'"assessments":{self._rows.rows(members, dated=False)}{tail}}}'
        )
        return Answer(200, body.encode(), Kind.RECORD)

    def green_statuses(self) -> Answer:
        """All Green Status assessments."""
        return in_json({"assessments": list(map(self._green, self._green_taxa()))}, Kind.RECORD)

    def _green_taxa(self) -> Iterator[int]:
        taxa = self._catalogue.structure.taxa
        candidates = (mix(turn ^ 0x96EE) % taxa for turn in range(10 * _GREEN))
        species = (taxon for taxon in candidates if self._catalogue.names.rank_of(taxon) == SPECIES)
        yield from list(dict.fromkeys(species))[:_GREEN]

    def _green(self, taxon: int) -> Json:
        known, skeleton = self._catalogue, self._catalogue.structure
        dice = Dice(known.seed, "green", taxon)
        assessment = known.latest_global(taxon)
        sis_id, year = skeleton.sis_id(taxon), 2021 + dice.below(4)
        text = documentation(dice, known.names.scientific_name(taxon), 9000)["rationale"]
        score = dice.below(90)
        people = [known.names.surname(taxon + number) for number in range(4)]
        found: Json = {
            "assessment_year": str(year),
            "weights": "Default",
            "justification": text,
            "species_recovery_category": dice.pick(_RECOVERY),
            "species_recovery_score_best": f"{score}%",
            "species_recovery_score_minimum": f"{score // 2}%",
            "species_recovery_score_maximum": f"{min(100, score + 12)}%",
        }
        for measure in _MEASURES:
            best = dice.below(60)
            found[f"{measure}_category"] = dice.pick(_GREEN_LEVELS)
            found[f"{measure}_best"] = f"{best}%"
            found[f"{measure}_minimum"] = f"{best - 30}%"
            found[f"{measure}_maximum"] = f"{best + 25}%"
        return {
            **found,
            "assessor_names": f"{people[0]}, A. & {people[1]}, B.",
            "reviewer_names": f"{people[2]}, C.",
            "contributors": None,
            "facilitators": None if dice.chance(50) else f"{people[3]}, D.",
            "compilers": None,
            "url": f"{SITE}/species/{sis_id}/{skeleton.assessment_id(assessment)}",
            "assessment_date": f"{year}-{1 + dice.below(12):02}-{1 + dice.below(28):02}",
            "taxon": self._taxa.whole(taxon),
        }
