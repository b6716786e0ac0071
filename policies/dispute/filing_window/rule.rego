# METADATA
# title: The claim came in time
# description: After the transaction, and within the days that a filing may take; later ones go to an approver.
# custom:
#   codes: [CLAIM_BEFORE_TRANSACTION, TRANSACTION_IN_FUTURE, FILED_LATE]
package dispute.filing_window

import data.lib.compare
import data.lib.finding

passes if {
	_in_order
	_in_past
	_in_time
}

findings contains finding.deny(
	"filing_window", "CLAIM_BEFORE_TRANSACTION",
	"The claim is not shown to have come after the transaction.",
) if {
	not _in_order
}

findings contains finding.deny(
	"filing_window", "TRANSACTION_IN_FUTURE",
	"The transaction is not shown to have been authorised by now.",
) if {
	not _in_past
}

findings contains finding.review("filing_window", "FILED_LATE", _late_sentence, "approver") if {
	_in_order
	not _in_time
}

_day_ms := ((24 * 60) * 60) * 1000

_in_order if compare.at_most(input.facts.transaction.authorised_at_ms, input.facts.claim.received_at_ms)

_in_past if compare.at_most(input.facts.transaction.authorised_at_ms, input.evaluated_at_ms)

_in_time if {
	_in_order
	age_ms := input.facts.claim.received_at_ms - input.facts.transaction.authorised_at_ms
	compare.at_most(age_ms, data.parameters.dispute.thresholds.filing_window_days * _day_ms)
}

default _late_sentence := "The claim came later after the transaction than a filing may take."

_late_sentence := sprintf("The claim came more than %d days after the transaction.", [days]) if {
	days := data.parameters.dispute.thresholds.filing_window_days
	is_number(days)
}
