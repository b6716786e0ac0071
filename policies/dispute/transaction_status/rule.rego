# METADATA
# title: The disputed transaction is posted
# description: A pending or reversed transaction has taken no money that could be credited back.
# custom:
#   codes: [TRANSACTION_NOT_POSTED]
package dispute.transaction_status

import data.lib.finding

passes if input.facts.transaction.status == "posted"

findings contains finding.deny(
	"transaction_status", "TRANSACTION_NOT_POSTED",
	"The transaction is not posted: it is pending, reversed or not in the record.",
) if {
	not passes
}
