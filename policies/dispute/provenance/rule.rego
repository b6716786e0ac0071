# METADATA
# title: Payee and amount come from the record or from the claim
# description: >-
#   A payee or amount that a model or a document brought counts only where the record or the claim
#   agrees. The label is the proposer's own word, so a trusted label needs the same agreement.
#   Where the claim alone agrees, an analyst says whether part of the amount is right.
# custom:
#   codes: [PAYEE_UNTRUSTED, PAYEE_UNSUPPORTED, AMOUNT_UNTRUSTED, AMOUNT_UNSUPPORTED, PARTIAL_AMOUNT]
package dispute.provenance

import data.lib.finding

passes if {
	_payee_supported
	_amount_supported
	_amount_whole
}

findings contains finding.deny(
	"provenance", "PAYEE_UNTRUSTED",
	"A model or a document named the payee, and the record does not agree.",
) if {
	_payee_untrusted
	not _payee_supported
}

findings contains finding.deny(
	"provenance", "PAYEE_UNSUPPORTED",
	"Nothing in the record bears out where the payee is said to come from.",
) if {
	not _payee_untrusted
	not _payee_supported
}

findings contains finding.deny(
	"provenance", "AMOUNT_UNTRUSTED",
	"A model or a document gave the amount, and neither the transaction nor the claim agrees.",
) if {
	_amount_untrusted
	not _amount_supported
}

findings contains finding.deny(
	"provenance", "AMOUNT_UNSUPPORTED",
	"Neither the transaction nor the claim bears out where the amount is said to come from.",
) if {
	not _amount_untrusted
	not _amount_supported
}

findings contains finding.review(
	"provenance", "PARTIAL_AMOUNT",
	"The amount is not the transaction's whole amount; only the claim says how much it is.", "analyst",
) if {
	_amount_supported
	not _amount_whole
}

_untrusted := {"document", "model"}

_known := {"record", "human", "policy"} | _untrusted

_payee_untrusted if input.proposal.payee_provenance in _untrusted

_amount_untrusted if input.proposal.amount_provenance in _untrusted

_payee_supported if {
	input.proposal.payee_provenance in _known
	is_string(input.proposal.payee_account_id)
	input.proposal.payee_account_id == input.facts.transaction.account_id
}

_amount_supported if {
	input.proposal.amount_provenance in _known
	is_number(input.proposal.amount_minor)
	input.proposal.amount_minor in _attested_minor
}

_amount_whole if {
	is_number(input.proposal.amount_minor)
	input.proposal.amount_minor == input.facts.transaction.amount_minor
}

_attested_minor contains input.facts.transaction.amount_minor

_attested_minor contains input.facts.claim.amount_minor
