# METADATA
# title: What a person rejected stays with a person
# description: A transaction for which someone decided against a credit goes to an approver, whatever event it comes with.
# custom:
#   codes: [REJECTED_BEFORE, REJECTIONS_UNKNOWN]
package dispute.rejected_before

import data.lib.compare
import data.lib.finding

passes if input.facts.rejected_before == 0

findings contains finding.review(
	"rejected_before", "REJECTED_BEFORE",
	"A person decided against a credit for this transaction before.", "approver",
) if {
	_rejected
}

findings contains finding.deny(
	"rejected_before", "REJECTIONS_UNKNOWN",
	"It is not known whether a person decided against a credit for this transaction before.",
) if {
	not passes
	not _rejected
}

_rejected if compare.at_least(input.facts.rejected_before, 1)
