# METADATA
# title: The payee is the original instrument
# description: A credit goes to the account that the disputed transaction was drawn on, and to no other.
# custom:
#   codes: [PAYEE_NOT_ORIGINAL]
package dispute.payee_original_instrument

import data.lib.finding

passes if {
	is_string(input.proposal.payee_account_id)
	input.proposal.payee_account_id == input.facts.transaction.account_id
	input.proposal.payee_account_id == input.facts.account.id
	input.proposal.payee_account_id == input.facts.card.account_id
	is_string(input.facts.transaction.card_id)
	input.facts.transaction.card_id == input.facts.card.id
}

findings contains finding.deny(
	"payee_original_instrument", "PAYEE_NOT_ORIGINAL",
	"The payee is not shown to be the account that the disputed transaction and its card draw on.",
) if {
	not passes
}
