# METADATA
# title: The findings about a proposed provisional credit
# description: >-
#   Gathers every rule. A rule answers by passing or by a finding; one that does neither was not
#   evaluated, and then `complete` is false. A rule that is missing leaves `answer` undefined.
#   Both are read as "no answer" by who asks, never as leave.
package dispute

import data.dispute.account_status
import data.dispute.amount_limit
import data.dispute.amount_within_transaction
import data.dispute.card_status
import data.dispute.claim_match
import data.dispute.confidence
import data.dispute.currency_match
import data.dispute.customer_match
import data.dispute.customer_status
import data.dispute.filing_window
import data.dispute.missing_input
import data.dispute.one_credit
import data.dispute.payee_original_instrument
import data.dispute.provenance
import data.dispute.reviewer_role
import data.dispute.risk
import data.dispute.self_review
import data.dispute.transaction_exists
import data.dispute.transaction_status

# What is asked for: one document, so that findings, rules and digest are of one and the same bundle.
answer := {
	"findings": findings,
	"complete": complete,
	"rules": rules,
	"bundle_digest": data.sluicegate_bundle.digest,
}

findings contains found if {
	some rule in rules
	some found in _findings[rule]
}

default complete := false

complete if {
	count(rules) > 0
	every rule in rules {
		_answered(rule)
	}
}

rules := {rule | some rule, _ in _findings}

_answered(rule) if _passes[rule] == true

_answered(rule) if count(_findings[rule]) > 0

_findings := {
	"account_status": account_status.findings,
	"amount_limit": amount_limit.findings,
	"amount_within_transaction": amount_within_transaction.findings,
	"card_status": card_status.findings,
	"claim_match": claim_match.findings,
	"confidence": confidence.findings,
	"currency_match": currency_match.findings,
	"customer_match": customer_match.findings,
	"customer_status": customer_status.findings,
	"filing_window": filing_window.findings,
	"missing_input": missing_input.findings,
	"one_credit": one_credit.findings,
	"payee_original_instrument": payee_original_instrument.findings,
	"provenance": provenance.findings,
	"reviewer_role": reviewer_role.findings,
	"risk": risk.findings,
	"self_review": self_review.findings,
	"transaction_exists": transaction_exists.findings,
	"transaction_status": transaction_status.findings,
}

_passes["account_status"] := account_status.passes

_passes["amount_limit"] := amount_limit.passes

_passes["amount_within_transaction"] := amount_within_transaction.passes

_passes["card_status"] := card_status.passes

_passes["claim_match"] := claim_match.passes

_passes["confidence"] := confidence.passes

_passes["currency_match"] := currency_match.passes

_passes["customer_match"] := customer_match.passes

_passes["customer_status"] := customer_status.passes

_passes["filing_window"] := filing_window.passes

_passes["missing_input"] := missing_input.passes

_passes["one_credit"] := one_credit.passes

_passes["payee_original_instrument"] := payee_original_instrument.passes

_passes["provenance"] := provenance.passes

_passes["reviewer_role"] := reviewer_role.passes

_passes["risk"] := risk.passes

_passes["self_review"] := self_review.passes

_passes["transaction_exists"] := transaction_exists.passes

_passes["transaction_status"] := transaction_status.passes
