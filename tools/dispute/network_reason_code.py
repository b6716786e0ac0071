"""Names the card networks' reason for a category of dispute.

Sources: Visa Core Rules and Visa Product and Service Rules, chapter 11 (dispute conditions, in
force since the Visa Claims Resolution of April 2018); Mastercard Chargeback Guide, chapter 2
(single message codes 4834, 4837, 4853).
"""

from types import MappingProxyType
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from sluicegate.domain.facts import EntryMode
from sluicegate.domain.proposal import DisputeCategory
from sluicegate.domain.value import Sentence, Value
from tools.registry import Access, Tool

VISA_SOURCE: Final = "Visa Core Rules and Visa Product and Service Rules, chapter 11"
MASTERCARD_SOURCE: Final = "Mastercard Chargeback Guide, chapter 2"
UNASSIGNED: Final = "unassigned"
"""Stands in a proposal whose category has no network reason yet."""


class ReasonArgs(Value):
    """Which category, and how the record says that the card was read."""

    category: DisputeCategory
    entry_mode: EntryMode


class NetworkReason(Value):
    """One network's code with its title and where it is written."""

    code: Annotated[str, Field(pattern=r"^[0-9]{4}$|^1[0-3]\.[0-9](\.[0-9])?$")]
    title: Sentence
    source: Sentence


class NetworkReasons(Value):
    """Both networks' reasons; None where the category is not clear enough to name one."""

    category: DisputeCategory
    visa: NetworkReason | None
    mastercard: NetworkReason | None
    note: str = ""

    def label(self) -> str:
        """Return both codes as a proposal carries them, such as ``visa:13.1 mastercard:4853``."""
        if self.visa is None or self.mastercard is None:
            return UNASSIGNED
        return f"visa:{self.visa.code} mastercard:{self.mastercard.code}"


class _Code(NamedTuple):
    code: str
    title: str


_CARDHOLDER_DISPUTE: Final = _Code("4853", "Cardholder Dispute")
_INTERACTION_ERROR: Final = _Code("4834", "Point-of-Interaction Error")
_NO_AUTHORIZATION: Final = _Code("4837", "No Cardholder Authorization")
_CARD_PRESENT_FRAUD: Final = _Code("10.3", "Other Fraud: Card-Present Environment")
_CARD_ABSENT_FRAUD: Final = _Code("10.4", "Other Fraud: Card-Absent Environment")

_CARD_PRESENT: Final = frozenset({"chip", "contactless", "swipe"})

_CODES: Final = MappingProxyType(
    {
        DisputeCategory.FRAUD: (_CARD_ABSENT_FRAUD, _NO_AUTHORIZATION),
        DisputeCategory.NOT_RECEIVED: (
            _Code("13.1", "Merchandise/Services Not Received"),
            _CARDHOLDER_DISPUTE,
        ),
        DisputeCategory.NOT_AS_DESCRIBED: (
            _Code("13.3", "Not as Described or Defective Merchandise/Services"),
            _CARDHOLDER_DISPUTE,
        ),
        DisputeCategory.DUPLICATE: (_Code("12.6.1", "Duplicate Processing"), _INTERACTION_ERROR),
        DisputeCategory.WRONG_AMOUNT: (_Code("12.5", "Incorrect Amount"), _INTERACTION_ERROR),
        DisputeCategory.CANCELLED_RECURRING: (
            _Code("13.2", "Cancelled Recurring Transaction"),
            _CARDHOLDER_DISPUTE,
        ),
        DisputeCategory.REFUND_NOT_PROCESSED: (
            _Code("13.6", "Credit Not Processed"),
            _CARDHOLDER_DISPUTE,
        ),
    }
)


def find_reasons(args: ReasonArgs) -> NetworkReasons:
    """Return the networks' reasons for a category."""
    codes = _CODES.get(args.category)
    if codes is None:
        return NetworkReasons(
            category=args.category,
            visa=None,
            mastercard=None,
            note="The category is not clear; a person has to name the reason.",
        )
    visa, mastercard = codes
    if args.category is DisputeCategory.FRAUD and args.entry_mode in _CARD_PRESENT:
        visa = _CARD_PRESENT_FRAUD
    return NetworkReasons(
        category=args.category,
        visa=NetworkReason(code=visa.code, title=visa.title, source=VISA_SOURCE),
        mastercard=NetworkReason(
            code=mastercard.code, title=mastercard.title, source=MASTERCARD_SOURCE
        ),
    )


def network_reason_code() -> Tool[ReasonArgs, NetworkReasons]:
    """Return the tool."""
    return Tool(
        name="network_reason_code",
        access=Access.READ,
        description="Name the Visa dispute condition and the Mastercard reason code of a category.",
        args=ReasonArgs,
        run=find_reasons,
    )
