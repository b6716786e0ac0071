package dispute.customer_status_test

import data.dispute.customer_status
import data.fixtures_test as t

_codes(question) := found if {
	found := t.codes(customer_status.findings) with input as question
}

_roles(question) := found if {
	found := {one.review_role | some one in customer_status.findings} with input as question
}

test_valid_passes if {
	customer_status.passes with input as t.valid
	_codes(t.valid) == set()
}

_customer(changes) := t.changed({"facts": {"customer": changes}})

test_not_active_denies if {
	every status in ["suspended", "closed", "deceased", "Active", null, true] {
		_codes(_customer({"status": status})) == {"CUSTOMER_NOT_ACTIVE"}
	}
}

test_sanctions_hit_denies if {
	every hit in [true, null, "false", 0] {
		_codes(_customer({"sanctions_hit": hit})) == {"SANCTIONS_HIT"}
	}
}

test_unverified_identity_goes_to_an_approver if {
	every status in ["pending", "expired"] {
		_codes(_customer({"kyc_status": status})) == {"KYC_NOT_VERIFIED"}
		_roles(_customer({"kyc_status": status})) == {"approver"}
	}
}

test_unknown_identity_state_denies if {
	every status in ["", null, "none"] {
		_codes(_customer({"kyc_status": status})) == {"KYC_UNKNOWN"}
	}
}

test_no_customer_denies if _codes(_customer(null)) == {"CUSTOMER_UNKNOWN"}

test_denies_without_each_input if {
	every path in [
		"facts",
		"facts/customer",
		"facts/customer/status",
		"facts/customer/sanctions_hit",
		"facts/customer/kyc_status",
	] {
		question := t.without(path)
		found := customer_status.findings with input as question
		"deny" in t.effects(found)
	}
}
