# METADATA
# title: No self-review
# description: Who proposed or opened a case does not decide it.
# custom:
#   codes: [SELF_REVIEW]
package dispute.self_review

import data.lib.finding

passes if input.review == null

passes if {
	is_string(input.review.reviewer)
	input.review.reviewer != input.proposal.proposed_by
	input.review.reviewer != input.proposal.opened_by
	input.review.reviewer != input.facts.claim.opened_by
}

findings contains finding.deny_reviewer(
	"self_review", "SELF_REVIEW",
	"The person who decided is not shown to be someone other than who proposed or opened this.",
) if {
	not passes
}
