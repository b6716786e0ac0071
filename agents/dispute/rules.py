"""A reader without a language model: rules and a linear classifier. Every reading says so.

Its confidence is capped, so that more goes to a person. Rules point at words that carry a category;
the classifier weighs the whole text. Where the two differ, confidence falls.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from agents.dispute.evidence import narrative_evidence, record_evidence, speaks_against
from agents.dispute.instructions import signs_of_instructions
from agents.dispute.output import (
    CATEGORY_MEANINGS,
    QUOTES_MAX,
    DisputeReading,
    ReadingContext,
)
from sluicegate.domain.canonical import digest_of
from sluicegate.domain.event import DisputeClaim
from sluicegate.domain.proposal import DisputeCategory, ModelRef
from sluicegate.ports.text_classifier import TextClassifier

READER_NAME: Final = "dispute-rules-1"
NO_MODEL: Final = "No language model was used."

RULES_BP_MAX: Final = 6_500
"""Never more than this, so that an amount of any size goes to a person sooner."""
AGREED_BASE_BP: Final = 3_500
UNAIDED_BP_MAX: Final = 4_500
"""Either the rules or the classifier alone."""
DIFFERING_BP_MAX: Final = 3_500
CONTRADICTED_BP_MAX: Final = 3_000
UNCLEAR_BP: Final = 2_000
SUSPICIOUS_BP_MAX: Final = 2_000

_HIT_BP: Final = 3_000
_HITS_COUNTED: Final = 2
_CLEAR_BP: Final = 4_000
"""With no rule met and less probability than this, the category is unclear."""

_GAP: Final = r"[^.!?\n]{0,60}?"
_NOT: Final = r"(?:not|never|n't|no|nothing|didnt|hasnt|havent|wasnt|doesnt|isnt|dont)"
_REFUND: Final = r"(?:refund|money back|reimburse\w*|store credit|credit note|credited)"
_BILLED: Final = r"(?:charg|bill|debit|renew|payment|took|take|paid)"
_RECURRING: Final = (
    r"(?:subscription|membership|free trial|trial|plan|auto-?renew\w*|renewal|monthly|annual)"
)

_RULES: Final[tuple[tuple[DisputeCategory, str], ...]] = (
    (
        DisputeCategory.FRAUD,
        rf"\b{_NOT}\b{_GAP}\b(?:make|made|authori[sz]ed?|approved?|recogni[sz]ed?|place[d]?|"
        r"my (?:charge|purchase|transaction))\b|\bunauthori[sz]ed\b|\bdon'?t recogni[sz]e\b|"
        r"\bdidn'?t (?:make|authori[sz]e)\b|\bwas(?:n't| not) me\b|\bfraud\w*",
    ),
    (
        DisputeCategory.FRAUD,
        rf"\b(?:card|wallet|purse|phone|account|details|number)\b{_GAP}\b(?:stolen|lost|cloned|"
        r"skimmed|hacked|compromised)\b|\b(?:stole|cloned|skimmed|hacked)\b|"
        r"\b(?:never heard of|no idea (?:who|what)|never (?:been|shopped|bought|used))\b",
    ),
    (
        DisputeCategory.NOT_RECEIVED,
        r"\bnever (?:arrived|came|showed up|delivered|turned up|shipped)\b|"
        rf"\b{_NOT}\b{_GAP}\b(?:arrived?|been delivered|delivered|turned up|shown up|shipped|"
        r"came|received\b(?!(?: \w+){0,2} (?:refund|money|credit)))|"
        r"\b(?:still waiting for|no sign of) (?:the|my|it|a)\b(?! refund| money| credit)",
    ),
    (
        DisputeCategory.NOT_RECEIVED,
        rf"\b(?:package|parcel|order|item|goods|delivery|ticket|tracking)\w*\b{_GAP}\b(?:lost|"
        rf"missing|never|not)\b|\b(?:event|flight|concert|class|show)\w*\b{_GAP}\bcancell?ed\b|"
        r"\b(?:went out of business|bankrupt|closed down)\b",
    ),
    (
        DisputeCategory.NOT_AS_DESCRIBED,
        r"\b(?:broken|damaged|defective|faulty|cracked|counterfeit|fake|knock-?off|replica|"
        r"stopped working|does(?:n't| not) work|poor quality|torn|stained|second-?hand|"
        r"refurbished)\b",
    ),
    (
        DisputeCategory.NOT_AS_DESCRIBED,
        rf"\bnot as described\b|\bwrong (?:size|colou?r|item|model|product|one)\b|"
        rf"\b(?:different|nothing like|unlike)\b{_GAP}\b(?:pictur|photo|description|advert|listing|"
        r"ordered|website)\w*",
    ),
    (
        DisputeCategory.DUPLICATE,
        rf"\b(?:charged?|billed|paid|debited|taken|appears?|posted|went through)\b{_GAP}\b(?:twice|"
        r"two times|three times|double|again for the same)\b|\bdouble[- ]?(?:charg|bill)\w*|"
        r"\bduplicate\w*",
    ),
    (
        DisputeCategory.DUPLICATE,
        r"\b(?:two|2|three|3) (?:identical|equal|same) \w+|\b(?:same|identical) (?:charge|amount|"
        rf"payment|transaction)\b{_GAP}\b(?:twice|two|again|second)\b|"
        r"\b(?:only|just) (?:bought|ordered|made|paid) (?:one|once|it once)\b",
    ),
    (
        DisputeCategory.WRONG_AMOUNT,
        r"\bovercharged?\b|\b(?:wrong|incorrect|different|higher) (?:amount|price|total|sum)\b|"
        r"\bcharged? (?:me )?(?:more than|too much|extra)\b|\bshould (?:have been|be) (?:only )?"
        r"[$€£]?\d",
    ),
    (
        DisputeCategory.WRONG_AMOUNT,
        rf"\b(?:receipt|invoice|bill|slip|quote)\w*\b{_GAP}\b(?:says?|shows?|was for|states?)\b|"
        r"\binstead of [$€£]?\d|\b(?:agreed|quoted|signed for)\b|\b(?:added|extra) (?:a )?tip\b",
    ),
    (
        DisputeCategory.CANCELLED_RECURRING,
        rf"\b(?:cancell?ed|unsubscribed|terminated|ended|opted out)\b{_GAP}\b{_RECURRING}\b|"
        rf"\b{_RECURRING}\b{_GAP}\b(?:cancell?ed|terminated|ended)\b",
    ),
    (
        DisputeCategory.CANCELLED_RECURRING,
        rf"\b(?:still|keep|keeps|kept|continue\w*|again)\b{_GAP}\b{_BILLED}\w*{_GAP}"
        rf"\b(?:month|year|{_RECURRING})|\bcancell?(?:ed|ation)\b{_GAP}\b(?:still|again|keep)\b",
    ),
    (
        DisputeCategory.REFUND_NOT_PROCESSED,
        rf"\b{_REFUND}\b{_GAP}\b(?:never|not|hasn't|hasnt|n't|still|waiting|yet|nothing)\b|"
        rf"\b(?:never|not|hasn't|haven't|still|waiting|nothing|no)\b{_GAP}\b{_REFUND}\b",
    ),
    (
        DisputeCategory.REFUND_NOT_PROCESSED,
        rf"\b(?:promised|agreed|confirmed|issue)\w*\b{_GAP}\b{_REFUND}\b|"
        rf"\b(?:returned|sent (?:it|them|the \w+) back)\b",
    ),
)
_COMPILED: Final = tuple(
    (category, re.compile(pattern, re.IGNORECASE)) for category, pattern in _RULES
)


class Hit(NamedTuple):
    """A rule that a text meets: its category, and from where to where."""

    category: DisputeCategory
    span: tuple[int, int]


class Weighing(NamedTuple):
    """What rules and the linear classifier make of a text; probabilities in basis points."""

    hits: tuple[Hit, ...]
    probabilities_bp: Mapping[DisputeCategory, int]

    @property
    def likeliest(self) -> DisputeCategory | None:
        """Return the classifier's first choice; None where it knows none of our categories."""
        return max(self.probabilities_bp, key=lambda one: self.probabilities_bp[one], default=None)

    @property
    def ruled(self) -> frozenset[DisputeCategory]:
        """Return the categories that at least one rule points to."""
        return frozenset(hit.category for hit in self.hits)


class RulesDisputeReader:
    """Reads with rules and a linear classifier of text. The same claim gives the same reading."""

    def __init__(self, classifier: TextClassifier) -> None:
        self._classifier = classifier
        self._digest = digest_of(  # stands in for a prompt's
            {
                "reader": READER_NAME,
                "rules": [[category.value, pattern] for category, pattern in _RULES],
                "classifier": classifier.model_digest,
            }
        )

    @property
    def model(self) -> ModelRef:
        """Return who reads, with the digest of the classifier's trained file."""
        return ModelRef(
            kind="rules", name=READER_NAME, weights_digest=self._classifier.model_digest
        )

    def weigh(self, narrative: str) -> Weighing:
        """Return what rules and classifier make of a text; other readers check themselves by it."""
        known = {category.value: category for category in DisputeCategory}
        labels = self._classifier.classify(narrative)
        return Weighing(
            hits=_hits(narrative),
            probabilities_bp={
                known[one.label]: one.probability_bp for one in labels if one.label in known
            },
        )

    def read(self, claim: DisputeClaim, context: ReadingContext) -> DisputeReading:
        """Return a reading, with a confidence of at most RULES_BP_MAX."""
        weighing = self.weigh(claim.narrative)
        category = _heaviest(weighing)
        signs = signs_of_instructions(claim.narrative)
        notes = [NO_MODEL]
        confidence_bp = _confidence(category, weighing)
        against = speaks_against(category, context)
        if against:
            confidence_bp = min(confidence_bp, CONTRADICTED_BP_MAX)
            notes.append(against)
        if signs:
            confidence_bp = min(confidence_bp, SUSPICIOUS_BP_MAX)
            notes.append(f"The text {'; '.join(signs)}. A person should read it.")
        spans = [hit.span for hit in weighing.hits if hit.category is category][:QUOTES_MAX]
        quoted = tuple(narrative_evidence(claim.narrative, span, category) for span in spans)
        return DisputeReading(
            category=category,
            confidence_bp=confidence_bp,
            summary=f"{NO_MODEL} Rules and a linear classifier read the text as: "
            f"{CATEGORY_MEANINGS[category]}.",
            evidence=quoted + record_evidence(category, claim, context),
            suspicious_instructions=bool(signs),
            model=self.model,
            prompt_digest=self._digest,
            notes=tuple(notes),
        )


def _hits(narrative: str) -> tuple[Hit, ...]:
    straight = narrative.replace(
        "\u2019", "'"
    )  # one character for one, so spans stay what they are
    found: list[Hit] = []
    for category, pattern in _COMPILED:
        match = pattern.search(straight)
        if match is not None:
            found.append(Hit(category, match.span()))
    return tuple(found)


def _heaviest(weighing: Weighing) -> DisputeCategory:
    """Return the category with the most weight, or UNCLEAR where there is little for any."""
    weights: dict[DisputeCategory, int] = {}
    for category in DisputeCategory:
        met = min(_HITS_COUNTED, sum(1 for hit in weighing.hits if hit.category is category))
        weights[category] = weighing.probabilities_bp.get(category, 0) + met * _HIT_BP
    best = max(DisputeCategory, key=lambda category: weights[category])
    return best if weights[best] >= _CLEAR_BP else DisputeCategory.UNCLEAR


def _confidence(category: DisputeCategory, weighing: Weighing) -> int:
    if category is DisputeCategory.UNCLEAR:
        return UNCLEAR_BP
    agreed = AGREED_BASE_BP + weighing.probabilities_bp.get(category, 0) * 3 // 10
    if category in weighing.ruled and weighing.likeliest is category:
        # A second category that the rules point to as well is a reason to have it looked at.
        return min(agreed, RULES_BP_MAX if len(weighing.ruled) == 1 else UNAIDED_BP_MAX)
    if weighing.ruled and weighing.likeliest is not category:
        return min(agreed, DIFFERING_BP_MAX)
    return min(agreed, UNAIDED_BP_MAX)
