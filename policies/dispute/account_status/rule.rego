# METADATA
# title: The account is open
# description: A credit goes to an open account only.
# custom:
#   codes: [ACCOUNT_UNKNOWN, ACCOUNT_NOT_OPEN]
package dispute.account_status

import data.lib.finding

passes if input.facts.account.status == "open"

findings contains finding.deny(
	"account_status", "ACCOUNT_UNKNOWN",
	"The record holds no such account.",
) if {
	not _known
}

findings contains finding.deny(
	"account_status", "ACCOUNT_NOT_OPEN",
	"The account is not open.",
) if {
	_known
	not passes
}

_known if is_object(input.facts.account)
