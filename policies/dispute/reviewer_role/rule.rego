# METADATA
# title: A person with a reviewing role decides
# description: A review counts only from a person who is an analyst or an approver.
# custom:
#   codes: [REVIEWER_NOT_PERSON, REVIEWER_NO_ROLE]
package dispute.reviewer_role

import data.lib.finding

passes if input.review == null

passes if {
	_person
	_entitled
}

findings contains finding.deny_reviewer(
	"reviewer_role", "REVIEWER_NOT_PERSON",
	"The review was not decided by a person.",
) if {
	not _no_review
	not _person
}

findings contains finding.deny_reviewer(
	"reviewer_role", "REVIEWER_NO_ROLE",
	"The person who decided is neither an analyst nor an approver.",
) if {
	not _no_review
	not _entitled
}

_no_review if input.review == null

# A builtin given the wrong type is undefined in OPA and an error in the in-process engine.
_person if {
	is_string(input.review.reviewer)
	startswith(input.review.reviewer, "person:")
}

_entitled if {
	is_array(input.review.reviewer_roles)
	some role in input.review.reviewer_roles
	role in {"analyst", "approver"}
}
