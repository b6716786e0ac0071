# METADATA
# title: The customer may be paid
# description: Active, with no sanctions hit; an identity that is not verified goes to an approver.
# custom:
#   codes: [CUSTOMER_UNKNOWN, CUSTOMER_NOT_ACTIVE, SANCTIONS_HIT, KYC_NOT_VERIFIED, KYC_UNKNOWN]
package dispute.customer_status

import data.lib.finding

passes if {
	_active
	_clear
	_verified
}

findings contains finding.deny(
	"customer_status", "CUSTOMER_UNKNOWN",
	"The record holds no such customer.",
) if {
	not _known
}

findings contains finding.deny(
	"customer_status", "CUSTOMER_NOT_ACTIVE",
	"The customer is not active.",
) if {
	_known
	not _active
}

findings contains finding.deny(
	"customer_status", "SANCTIONS_HIT",
	"The customer is not shown to be clear of sanctions lists.",
) if {
	_known
	not _clear
}

findings contains finding.review(
	"customer_status", "KYC_NOT_VERIFIED",
	"The customer's identity is not verified at present.", "approver",
) if {
	_unverified
}

findings contains finding.deny(
	"customer_status", "KYC_UNKNOWN",
	"The record does not say whether the customer's identity is verified.",
) if {
	_known
	not _verified
	not _unverified
}

_known if is_object(input.facts.customer)

_active if input.facts.customer.status == "active"

_clear if input.facts.customer.sanctions_hit == false

_verified if input.facts.customer.kyc_status == "verified"

_unverified if input.facts.customer.kyc_status in {"pending", "expired"}
