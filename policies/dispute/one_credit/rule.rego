# METADATA
# title: One credit a transaction
# description: Nothing may be credited, or be about to be credited, for the transaction already.
# custom:
#   codes: [ALREADY_CREDITED]
package dispute.one_credit

import data.lib.finding

passes if {
	input.facts.credited_minor == 0
	input.facts.reserved_minor == 0
}

findings contains finding.deny(
	"one_credit", "ALREADY_CREDITED",
	"The transaction is not shown to be free of credits: one was posted, or a permit for one is still live.",
) if {
	not passes
}
