# METADATA
# title: The disputed transaction exists
# description: The record holds a transaction under the proposal's transaction id.
# custom:
#   codes: [TRANSACTION_UNKNOWN]
package dispute.transaction_exists

import data.lib.finding

passes if {
	is_string(input.proposal.transaction_id)
	input.facts.transaction.id == input.proposal.transaction_id
}

findings contains finding.deny(
	"transaction_exists", "TRANSACTION_UNKNOWN",
	"The record holds no such transaction.",
) if {
	not passes
}
