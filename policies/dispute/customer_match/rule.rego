# METADATA
# title: One customer throughout
# description: Proposal, claim, transaction, account and the customer's record name the same customer.
# custom:
#   codes: [CUSTOMER_MISMATCH]
package dispute.customer_match

import data.lib.finding

passes if {
	is_string(input.proposal.customer_id)
	input.proposal.customer_id == input.facts.claim.customer_id
	input.proposal.customer_id == input.facts.transaction.customer_id
	input.proposal.customer_id == input.facts.account.customer_id
	input.proposal.customer_id == input.facts.customer.id
}

findings contains finding.deny(
	"customer_match", "CUSTOMER_MISMATCH",
	"Proposal, claim, transaction and account are not shown to be one customer's.",
) if {
	not passes
}
