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

findings contains finding.deny("missing_input", "MISSING_INPUT", _sentence(parent, name)) if {
	some [parent, name] in _wrong
	not _about_the_review(parent, name)
}

findings contains finding.deny_reviewer("missing_input", "MISSING_INPUT", _sentence(parent, name)) if {
	some [parent, name] in _wrong
	_about_the_review(parent, name)
}

_about_the_review("review", _) := true

_about_the_review("input", "review") := true

_sentence("input", name) := sprintf("%s is absent or is not what it has to be.", [name])

_sentence(parent, name) := sprintf("%s.%s is absent or is not what it has to be.", [parent, name]) if {
	parent != "input"
}

# What must be there: for each kind of value, the fields of that kind in each object. One pass a
# kind: a function of many bodies, called for every field, took four times as long.
fields := {
	"object": {"input": {"proposal", "facts"}, "proposal": {"model"}},
	"object_or_null": {
		"input": {"score", "review"},
		"facts": {"claim", "transaction", "customer", "account", "card"},
	},
	"text": {
		"proposal": {
			"id", "case_id", "event_id", "transaction_id", "customer_id", "payee_account_id",
			"network_reason_code", "proposed_by", "opened_by", "summary",
		},
		"proposal.model": {"name"},
		"facts.claim": {"transaction_id", "customer_id", "opened_by"},
		"facts.transaction": {
			"id", "account_id", "card_id", "customer_id", "merchant_id", "merchant_category_code",
		},
		"facts.customer": {"id"},
		"facts.account": {"id", "customer_id"},
		"facts.card": {"id", "account_id"},
		"score": {"model", "model_version"},
		"review": {"reviewer"},
	},
	"digest": {"proposal": {"event_digest", "prompt_digest"}},
	"digest_or_null": {"proposal.model": {"weights_digest"}},
	"natural": {
		"input": {"evaluated_at_ms"},
		"facts": {"credited_minor", "reserved_minor", "rejected_before"},
		"facts.claim": {"received_at_ms"},
		"facts.transaction": {"amount_minor", "authorised_at_ms"},
	},
	"positive": {"proposal": {"amount_minor"}, "facts.claim": {"amount_minor"}},
	"basis_points": {"proposal": {"confidence_bp"}, "score": {"risk_bp"}},
	"boolean": {"facts.customer": {"sanctions_hit"}},
	"currency": {
		"proposal": {"currency"}, "facts.claim": {"currency"}, "facts.transaction": {"currency"},
		"facts.account": {"currency"},
	},
	"evidence": {"proposal": {"evidence"}},
	"roles": {"review": {"reviewer_roles"}},
	"action_kind": {"proposal": {"kind"}},
	"provenance": {"proposal": {"payee_provenance", "amount_provenance"}},
	"category": {"proposal": {"category"}},
	"model_kind": {"proposal.model": {"kind"}},
	"transaction_status": {"facts.transaction": {"status"}},
	"entry_mode": {"facts.transaction": {"entry_mode"}},
	"customer_status": {"facts.customer": {"status"}},
	"kyc_status": {"facts.customer": {"kyc_status"}},
	"account_status": {"facts.account": {"status"}},
	"card_status": {"facts.card": {"status"}},
	"verdict": {"review": {"verdict"}},
}

evidence_fields := {"claim", "source", "locator", "quote", "start"}

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
	"entry_mode": {"chip", "contactless", "swipe", "ecommerce", "manual", "recurring"},
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

# Records that are null: it was asked and holds nothing, or there is none yet. Rules that need such a
# record deny without it.
_null contains "facts.claim" if input.facts.claim == null

_null contains "facts.transaction" if input.facts.transaction == null

_null contains "facts.customer" if input.facts.customer == null

_null contains "facts.account" if input.facts.account == null

_null contains "facts.card" if input.facts.card == null

_null contains "score" if input.score == null

_null contains "review" if input.review == null

_integer_max := 9007199254740991

_wrong := (_expected - _right) - _excused

_expected contains [parent, name] if {
	some parents in fields
	some parent, names in parents
	some name in names
}

_excused contains [parent, name] if {
	some parent in _null
	some parents in fields
	some name in parents[parent]
}

# One complete rule, because the in-process engine evaluates a partial one at every reference.
_object := {
	"input": _input,
	"proposal": _proposal,
	"proposal.model": _proposal_model,
	"facts": _facts,
	"facts.claim": _facts_claim,
	"facts.transaction": _facts_transaction,
	"facts.customer": _facts_customer,
	"facts.account": _facts_account,
	"facts.card": _facts_card,
	"score": _score,
	"review": _review,
}

default _input := {}

_input := input if is_object(input)

default _proposal := {}

_proposal := input.proposal if is_object(input.proposal)

default _proposal_model := {}

_proposal_model := input.proposal.model if is_object(input.proposal.model)

default _facts := {}

_facts := input.facts if is_object(input.facts)

default _facts_claim := {}

_facts_claim := input.facts.claim if is_object(input.facts.claim)

default _facts_transaction := {}

_facts_transaction := input.facts.transaction if is_object(input.facts.transaction)

default _facts_customer := {}

_facts_customer := input.facts.customer if is_object(input.facts.customer)

default _facts_account := {}

_facts_account := input.facts.account if is_object(input.facts.account)

default _facts_card := {}

_facts_card := input.facts.card if is_object(input.facts.card)

default _score := {}

_score := input.score if is_object(input.score)

default _review := {}

_review := input.review if is_object(input.review)

# Each body says which fields are right. What is absent is undefined, and so not among them.
_right contains [parent, name] if {
	some parent, names in fields.object
	held := _object[parent]
	some name in names
	value := held[name]
	is_object(value)
}

_right contains [parent, name] if {
	some parent, names in fields.object_or_null
	held := _object[parent]
	some name in names
	value := held[name]
	_object_or_null(value)
}

_right contains [parent, name] if {
	some parent, names in fields.text
	held := _object[parent]
	some name in names
	value := held[name]
	is_string(value)
	value != ""
}

_right contains [parent, name] if {
	some parent, names in fields.digest
	held := _object[parent]
	some name in names
	value := held[name]
	_digest(value)
}

_right contains [parent, name] if {
	some parent, names in fields.digest_or_null
	held := _object[parent]
	some name in names
	value := held[name]
	_digest_or_null(value)
}

_right contains [parent, name] if {
	some parent, names in fields.natural
	held := _object[parent]
	some name in names
	value := held[name]
	_integer_between(value, 0, _integer_max)
}

_right contains [parent, name] if {
	some parent, names in fields.positive
	held := _object[parent]
	some name in names
	value := held[name]
	_integer_between(value, 1, _integer_max)
}

_right contains [parent, name] if {
	some parent, names in fields.basis_points
	held := _object[parent]
	some name in names
	value := held[name]
	_integer_between(value, 0, 10000)
}

_right contains [parent, name] if {
	some parent, names in fields.boolean
	held := _object[parent]
	some name in names
	value := held[name]
	is_boolean(value)
}

_right contains [parent, name] if {
	some parent, names in fields.currency
	held := _object[parent]
	some name in names
	value := held[name]
	is_string(value)
	is_object(data.parameters.dispute.limits[value])
}

_right contains [parent, name] if {
	some parent, names in fields.evidence
	held := _object[parent]
	some name in names
	value := held[name]
	_evidence(value)
}

_right contains [parent, name] if {
	some parent, names in fields.roles
	held := _object[parent]
	some name in names
	value := held[name]
	_roles(value)
}

_right contains [parent, name] if {
	some kind, words in vocabulary
	some parent, names in fields[kind]
	held := _object[parent]
	some name in names
	value := held[name]
	value in words
}

_object_or_null(value) if is_object(value)

_object_or_null(null) := true

_digest(value) if {
	is_string(value)
	startswith(value, "sha256:")
	count(value) == 71
}

_digest_or_null(value) if _digest(value)

_digest_or_null(null) := true

_roles(value) if {
	is_array(value)
	wrong := {role | some role in value; not role in vocabulary.role}
	wrong == set()
}

_evidence(value) if {
	is_array(value)
	right := [item | some item in value; _evidence_item(item)]
	count(right) == count(value)
}

_evidence_item(item) if {
	is_string(item.claim)
	item.claim != ""
	item.source in vocabulary.evidence_source
	is_string(item.locator)
	item.locator != ""
	is_string(item.quote)
	_integer_between(item.start, 0, _integer_max)
}

_integer_between(value, least, most) if {
	is_number(value)
	floor(value) == value
	value >= least
	value <= most
}
