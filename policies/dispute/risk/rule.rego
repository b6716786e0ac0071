# METADATA
# title: The score decides who looks
# description: A raised risk goes to an analyst, a high one to an approver, and so does a missing score.
# custom:
#   codes: [SCORE_UNAVAILABLE, RISK_ELEVATED, RISK_HIGH, SCORE_INVALID]
package dispute.risk

import data.lib.compare
import data.lib.finding

passes if {
	_valid
	input.score.risk_bp < data.parameters.dispute.thresholds.risk_analyst_bp
}

findings contains finding.review(
	"risk", "SCORE_UNAVAILABLE",
	"There is no score for this case.", "approver",
) if {
	_absent
}

findings contains finding.review(
	"risk", "RISK_ELEVATED",
	"The score says that this claim may well not be sustained.", "analyst",
) if {
	_valid
	not passes
	not _high
}

findings contains finding.review(
	"risk", "RISK_HIGH",
	"The score says that this claim is unlikely to be sustained.", "approver",
) if {
	_valid
	_high
}

findings contains finding.deny(
	"risk", "SCORE_INVALID",
	"The score is not a number of basis points.",
) if {
	not _absent
	not _valid
}

_absent if input.score == null

_valid if {
	compare.at_least(input.score.risk_bp, 0)
	compare.at_most(input.score.risk_bp, 10000)
}

_high if compare.at_least(input.score.risk_bp, data.parameters.dispute.thresholds.risk_approver_bp)
