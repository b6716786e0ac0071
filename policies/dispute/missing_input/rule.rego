# METADATA
# title: Nothing that policy is given may be missing
# description: >-
#   Every field of the input document is present and of its kind. The tables are held equal to the
#   generated schema by a test, so a new field cannot go unlooked at.
# custom:
#   codes: [MISSING_INPUT]
package dispute.missing_input

import data.lib.finding

passes if count(_wrong) == 0

findings contains finding.deny("missing_input", "MISSING_INPUT", sentence) if {
	some path in _wrong
	not startswith(path, "review")
	sentence := sprintf("%s is absent or is not what it has to be.", [path])
}

findings contains finding.deny_reviewer("missing_input", "MISSING_INPUT", sentence) if {
	some path in _wrong
	startswith(path, "review")
	sentence := sprintf("%s is absent or is not what it has to be.", [path])
}

# What each object must hold, and of what kind.
fields := {
	"input": {
		"evaluated_at_ms": "natural",
		"proposal": "object",
		"facts": "object",
		"score": "object_or_null",
		"review": "object_or_null",
	},
	"proposal": {
		"id": "text", "case_id": "text", "event_id": "text", "event_digest": "digest",
		"kind": "action_kind", "transaction_id": "text", "customer_id": "text",
		"payee_account_id": "text", "payee_provenance": "provenance",
		"amount_minor": "positive", "amount_provenance": "provenance", "currency": "currency",
		"category": "category", "network_reason_code": "text", "confidence_bp": "basis_points",
		"proposed_by": "text", "opened_by": "text", "model": "object",
		"prompt_digest": "digest", "summary": "text", "evidence": "evidence",
	},
	"proposal.model": {"kind": "model_kind", "name": "text", "weights_digest": "digest_or_null"},
	"facts": {
		"claim": "object_or_null", "transaction": "object_or_null", "customer": "object_or_null",
		"account": "object_or_null", "card": "object_or_null",
		"credited_minor": "natural", "reserved_minor": "natural",
	},
	"facts.claim": {
		"transaction_id": "text", "customer_id": "text", "amount_minor": "positive",
		"currency": "currency", "opened_by": "text", "received_at_ms": "natural",
	},
	"facts.transaction": {
		"id": "text", "account_id": "text", "card_id": "text", "customer_id": "text",
		"merchant_id": "text", "amount_minor": "natural", "currency": "currency",
		"status": "transaction_status", "authorised_at_ms": "natural",
	},
	"facts.customer": {
		"id": "text", "status": "customer_status", "kyc_status": "kyc_status",
		"sanctions_hit": "boolean",
	},
	"facts.account": {
		"id": "text", "customer_id": "text", "currency": "currency", "status": "account_status",
	},
	"facts.card": {"id": "text", "account_id": "text", "status": "card_status"},
	"score": {"risk_bp": "basis_points", "model": "text", "model_version": "text"},
	"review": {"reviewer": "text", "reviewer_roles": "roles", "verdict": "verdict"},
}

evidence_fields := {
	"claim": "text", "source": "evidence_source", "locator": "text", "quote": "string",
	"start": "natural",
}

vocabulary := {
	"action_kind": {"provisional_credit"},
	"provenance": {"record", "human", "policy", "document", "model"},
	"category": {
		"fraud", "not_received", "not_as_described", "duplicate", "wrong_amount",
		"cancelled_recurring", "refund_not_processed", "unclear",
	},
	"model_kind": {"language_model", "rules"},
	"evidence_source": {"narrative", "record"},
	"transaction_status": {"posted", "pending", "reversed"},
	"customer_status": {"active", "suspended", "closed", "deceased"},
	"kyc_status": {"verified", "pending", "expired"},
	"account_status": {"open", "frozen", "closed"},
	"card_status": {"active", "blocked", "expired", "lost", "stolen"},
	"role": {
		"viewer", "analyst", "approver", "prompt_engineer", "model_owner", "auditor",
		"service", "admin",
	},
	"verdict": {"approve", "reject"},
}

# Objects that may be null: the record was asked and holds nothing, or there is none yet.
# Rules that need such a record deny without it.
_nullable := {
	"facts.claim", "facts.transaction", "facts.customer", "facts.account", "facts.card",
	"score", "review",
}

_integer_max := 9007199254740991

_wrong contains _path(parent, field) if {
	some parent, kinds in fields
	not _excused[parent]
	some field, kind in kinds
	not _right(parent, field, kind)
}

_path(parent, field) := field if parent == "input"

_path(parent, field) := sprintf("%s.%s", [parent, field]) if parent != "input"

_excused contains parent if {
	some parent in _nullable
	_at(parent) == null
}

# A value that is absent makes the whole body undefined, and so not right.
_right(parent, field, kind) if {
	value := _at(parent)[field]
	_is(kind, value)
}

_at("input") := input

_at("proposal") := input.proposal

_at("proposal.model") := input.proposal.model

_at("facts") := input.facts

_at("facts.claim") := input.facts.claim

_at("facts.transaction") := input.facts.transaction

_at("facts.customer") := input.facts.customer

_at("facts.account") := input.facts.account

_at("facts.card") := input.facts.card

_at("score") := input.score

_at("review") := input.review

_is("object", value) if is_object(value)

_is("object_or_null", value) if is_object(value)

_is("object_or_null", null) := true

_is("boolean", value) if is_boolean(value)

_is("string", value) if is_string(value)

_is("text", value) if {
	is_string(value)
	value != ""
}

_is("natural", value) if _integer_between(value, 0, _integer_max)

_is("positive", value) if _integer_between(value, 1, _integer_max)

_is("basis_points", value) if _integer_between(value, 0, 10000)

_is("currency", value) if {
	is_string(value)
	is_object(data.parameters.dispute.limits[value])
}

_is("digest", value) if _is_digest(value)

_is("digest_or_null", value) if _is_digest(value)

_is("digest_or_null", null) := true

_is("roles", value) if {
	is_array(value)
	every role in value {
		role in vocabulary.role
	}
}

_is("evidence", value) if {
	is_array(value)
	every item in value {
		_evidence_right(item)
	}
}

_is(kind, value) if value in vocabulary[kind]

_is_digest(value) if {
	is_string(value)
	startswith(value, "sha256:")
	count(value) == 71
}

_evidence_right(item) if {
	every field, kind in evidence_fields {
		_leaf(kind, item[field])
	}
}

_leaf("text", value) if {
	is_string(value)
	value != ""
}

_leaf("string", value) if is_string(value)

_leaf("natural", value) if _integer_between(value, 0, _integer_max)

_leaf("evidence_source", value) if value in vocabulary.evidence_source

_integer_between(value, least, most) if {
	is_number(value)
	floor(value) == value
	value >= least
	value <= most
}
