# METADATA
# title: The amount stays within the transaction and the claim
# description: Never more than was taken, and never more than was asked for.
# custom:
#   codes: [AMOUNT_ABOVE_TRANSACTION, AMOUNT_ABOVE_CLAIM]
package dispute.amount_within_transaction

import data.lib.compare
import data.lib.finding

passes if {
	_within_transaction
	_within_claim
}

findings contains finding.deny(
	"amount_within_transaction", "AMOUNT_ABOVE_TRANSACTION",
	"The amount is not shown to be within the disputed transaction's.",
) if {
	not _within_transaction
}

findings contains finding.deny(
	"amount_within_transaction", "AMOUNT_ABOVE_CLAIM",
	"The amount is not shown to be within what was claimed.",
) if {
	not _within_claim
}

_within_transaction if compare.at_most(input.proposal.amount_minor, input.facts.transaction.amount_minor)

_within_claim if compare.at_most(input.proposal.amount_minor, input.facts.claim.amount_minor)
