"""From rows to verdicts: run every claim, then the gates that keep a number from being believed."""

from __future__ import annotations

from dataclasses import dataclass

from neurarium.core.errors import bad
from neurarium.engine.evidence import Evidence, Outcome
from neurarium.engine.rows import Rows
from neurarium.engine.study import Claim, Study

MISSING_ALLOWED = 0.2


@dataclass(frozen=True)
class Verdict:
    """One claim, judged.

    Attributes:
        claim: name of the claim.
        text: its sentence.
        margin_reason: why the margin is what it is.
        evidence: outcome, effect and interval.
        is_primary: whether it is the study's first claim.
    """

    claim: str
    text: str
    margin_reason: str
    evidence: Evidence
    is_primary: bool

    @property
    def outcome(self) -> Outcome:
        """Holds, does not hold or inconclusive."""
        return self.evidence.outcome


def judge(study: Study, rows: Rows) -> list[Verdict]:
    """Every claim of `study` on `rows`, the first one primary."""
    return [
        Verdict(c.name, c.text, c.margin_reason, _decide(study, c, rows), is_primary=i == 0)
        for i, c in enumerate(study.claims)
    ]


def _decide(study: Study, claim: Claim, rows: Rows) -> Evidence:
    rows.touched.clear()
    evidence = claim.decide(rows)
    if not isinstance(evidence, Evidence):
        raise bad("Study", f"claim {claim.name}", "return what a claim word gives", evidence)
    touched = set(rows.touched)
    for condition, name in sorted(touched):
        n_missing = len(rows.seeds) - len(rows.read(condition, name))
        if n_missing > MISSING_ALLOWED * len(rows.seeds):
            return evidence.inconclusive(f"{n_missing} of {len(rows.seeds)} trials of {condition} gave no result")
    gate = study.gate
    if gate is None:
        return evidence
    for condition in sorted({c for c, _ in touched}):
        if gate.conditions and condition not in gate.conditions:
            continue
        skill = list(rows.read(condition, gate.metric).values())
        mean = sum(skill) / len(skill) if skill else float("nan")
        if not mean >= gate.at_least:
            return evidence.inconclusive(
                f"the model did not learn: {gate.metric} {mean:.3g} in {condition}, the gate is {gate.at_least:g}"
            )
    return evidence
