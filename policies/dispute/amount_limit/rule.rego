# METADATA
# title: Amount limits by role
# description: An agent alone, an analyst and an approver may each release amounts up to their limit.
# custom:
#   codes: [AMOUNT_NEEDS_REVIEW, AMOUNT_ABOVE_LIMITS, REVIEWER_LIMIT]
package dispute.amount_limit

import data.lib.compare
import data.lib.finding
import data.lib.money

passes if {
	_agent_may
	_reviewer_may
}

findings contains finding.review("amount_limit", "AMOUNT_NEEDS_REVIEW", _sentence, "analyst") if {
	not _agent_may
	_analyst_may
}

findings contains finding.review("amount_limit", "AMOUNT_NEEDS_REVIEW", _sentence, "approver") if {
	not _agent_may
	not _analyst_may
	_approver_may
}

findings contains finding.deny(
	"amount_limit", "AMOUNT_ABOVE_LIMITS",
	"The amount is above what anyone here may release, or there is no limit to hold it against.",
) if {
	not _agent_may
	not _analyst_may
	not _approver_may
}

findings contains finding.deny_reviewer(
	"amount_limit", "REVIEWER_LIMIT",
	"The amount is above what the person who approved it may release.",
) if {
	not _reviewer_may
}

_agent_may if _within("agent")

_analyst_may if _within("analyst")

_approver_may if _within("approver")

_reviewer_may if input.review == null

_reviewer_may if input.review.verdict == "reject"

_reviewer_may if {
	is_array(input.review.reviewer_roles)
	some role in input.review.reviewer_roles
	role in {"analyst", "approver"}
	_within(role)
}

_within(role) if {
	limit_minor := data.parameters.dispute.limits[input.proposal.currency][sprintf("%s_minor", [role])]
	compare.at_most(input.proposal.amount_minor, limit_minor)
}

default _sentence := "The amount is above what an agent may release without a person."

_sentence := sprintf("%s is above the %s that an agent may release without a person.", [amount, limit]) if {
	currency := input.proposal.currency
	amount := money.text(input.proposal.amount_minor, currency)
	limit := money.text(data.parameters.dispute.limits[currency].agent_minor, currency)
}
