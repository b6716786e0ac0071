# METADATA
# title: The agent is sure enough
# description: Below the confidence that the amount needs, or without a category, an analyst decides.
# custom:
#   codes: [CONFIDENCE_LOW, CONFIDENCE_INVALID, CATEGORY_UNCLEAR, CATEGORY_INVALID]
package dispute.confidence

import data.lib.compare
import data.lib.finding

passes if {
	_sure
	_category_clear
}

findings contains finding.review(
	"confidence", "CONFIDENCE_LOW",
	"The agent is not sure enough of its reading for this amount to go without a person.", "analyst",
) if {
	_valid
	not _sure
}

findings contains finding.deny(
	"confidence", "CONFIDENCE_INVALID",
	"The proposal does not say, in basis points, how sure the agent is.",
) if {
	not _valid
}

findings contains finding.review(
	"confidence", "CATEGORY_UNCLEAR",
	"The agent could not tell what kind of dispute this is.", "analyst",
) if {
	_category_unclear
}

findings contains finding.deny(
	"confidence", "CATEGORY_INVALID",
	"The category is not one that is known here.",
) if {
	not _category_clear
	not _category_unclear
}

_valid if {
	compare.at_least(input.proposal.confidence_bp, 0)
	compare.at_most(input.proposal.confidence_bp, 10000)
}

_sure if {
	_valid
	compare.at_least(input.proposal.confidence_bp, data.parameters.dispute.thresholds.confidence_agent_bp)
}

_sure if {
	_valid
	compare.at_least(input.proposal.confidence_bp, data.parameters.dispute.thresholds.confidence_agent_unsure_bp)
	limit_minor := data.parameters.dispute.limits[input.proposal.currency].agent_unsure_minor
	compare.at_most(input.proposal.amount_minor, limit_minor)
}

_category_clear if {
	input.proposal.category in {
		"fraud", "not_received", "not_as_described", "duplicate",
		"wrong_amount", "cancelled_recurring", "refund_not_processed",
	}
}

_category_unclear if input.proposal.category == "unclear"
