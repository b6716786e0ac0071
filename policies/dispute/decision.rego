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
import data.dispute.rejected_before
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

_answered(rule) if rule in _passed

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
	"rejected_before": rejected_before.findings,
	"reviewer_role": reviewer_role.findings,
	"risk": risk.findings,
	"self_review": self_review.findings,
	"transaction_exists": transaction_exists.findings,
	"transaction_status": transaction_status.findings,
}

_passed contains "account_status" if account_status.passes

_passed contains "amount_limit" if amount_limit.passes

_passed contains "amount_within_transaction" if amount_within_transaction.passes

_passed contains "card_status" if card_status.passes

_passed contains "claim_match" if claim_match.passes

_passed contains "confidence" if confidence.passes

_passed contains "currency_match" if currency_match.passes

_passed contains "customer_match" if customer_match.passes

_passed contains "customer_status" if customer_status.passes

_passed contains "filing_window" if filing_window.passes

_passed contains "missing_input" if missing_input.passes

_passed contains "one_credit" if one_credit.passes

_passed contains "payee_original_instrument" if payee_original_instrument.passes

_passed contains "provenance" if provenance.passes

_passed contains "rejected_before" if rejected_before.passes

_passed contains "reviewer_role" if reviewer_role.passes

_passed contains "risk" if risk.passes

_passed contains "self_review" if self_review.passes

_passed contains "transaction_exists" if transaction_exists.passes

_passed contains "transaction_status" if transaction_status.passes
