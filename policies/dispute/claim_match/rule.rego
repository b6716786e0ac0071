# METADATA
# title: The proposal answers the claim
# description: The proposal is about the claimed transaction and names who really opened the claim.
# custom:
#   codes: [CLAIM_UNKNOWN, CLAIM_MISMATCH]
package dispute.claim_match

import data.lib.finding

passes if {
	is_string(input.proposal.transaction_id)
	input.proposal.transaction_id == input.facts.claim.transaction_id
	is_string(input.proposal.opened_by)
	input.proposal.opened_by == input.facts.claim.opened_by
}

findings contains finding.deny(
	"claim_match", "CLAIM_UNKNOWN",
	"The gate's record holds no such claim.",
) if {
	not _known
}

findings contains finding.deny(
	"claim_match", "CLAIM_MISMATCH",
	"The proposal is about another transaction, or opened by someone else, than the claim says.",
) if {
	_known
	not passes
}

_known if is_object(input.facts.claim)
