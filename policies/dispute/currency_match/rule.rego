# METADATA
# title: One currency throughout
# description: Proposal, claim, transaction and account are in the same currency.
# custom:
#   codes: [CURRENCY_MISMATCH]
package dispute.currency_match

import data.lib.finding

passes if {
	is_string(input.proposal.currency)
	input.proposal.currency == input.facts.claim.currency
	input.proposal.currency == input.facts.transaction.currency
	input.proposal.currency == input.facts.account.currency
}

findings contains finding.deny(
	"currency_match", "CURRENCY_MISMATCH",
	"Proposal, claim, transaction and account are not shown to be in one currency.",
) if {
	not passes
}
