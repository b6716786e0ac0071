# METADATA
# title: The card's state fits the claim
# description: A blocked card, or a lost or stolen one in a claim that is not of fraud, goes to an analyst.
# custom:
#   codes: [CARD_UNKNOWN, CARD_BLOCKED, CARD_LOST_NOT_FRAUD, CARD_STATUS_UNKNOWN]
package dispute.card_status

import data.lib.finding

passes if input.facts.card.status in {"active", "expired"}

passes if {
	_gone
	_fraud_claimed
}

findings contains finding.deny(
	"card_status", "CARD_UNKNOWN",
	"The record holds no such card.",
) if {
	not _known
}

findings contains finding.review(
	"card_status", "CARD_BLOCKED",
	"The card is blocked; a person has to see why before money follows it.", "analyst",
) if {
	_blocked
}

findings contains finding.review(
	"card_status", "CARD_LOST_NOT_FRAUD",
	"The card is reported lost or stolen, and the claim is not one of fraud.", "analyst",
) if {
	_gone
	not _fraud_claimed
}

findings contains finding.deny(
	"card_status", "CARD_STATUS_UNKNOWN",
	"The card's state is not one that is known here.",
) if {
	_known
	not passes
	not _blocked
	not _gone
}

_known if is_object(input.facts.card)

_blocked if input.facts.card.status == "blocked"

_gone if input.facts.card.status in {"lost", "stolen"}

_fraud_claimed if input.proposal.category == "fraud"
