"""Reviews and what people decided, in tables."""

from sqlalchemy import Connection, bindparam, func, select, update

from sluicegate.adapters.sql.statements import Statements, StoredRow
from sluicegate.adapters.sql.tables import ProposalRow, ReviewDecisionRow, ReviewRow, table_of
from sluicegate.domain.errors import Conflict, NotFound, StaleReview
from sluicegate.domain.ids import CaseId, ProposalId, ReviewId
from sluicegate.domain.principal import Role
from sluicegate.domain.review import Review, ReviewDecision, ReviewSubject, Verdict

_REVIEW = table_of(ReviewRow)
_R = _REVIEW.c
_D = table_of(ReviewDecisionRow).c
_P = table_of(ProposalRow).c

_WITH_DECISION = select(
    _R.id,
    _R.case_id,
    _R.proposal_id,
    _R.role,
    _R.subject,
    _R.subject_digest,
    _R.requested_at_ms,
    _R.due_at_ms,
    _R.status,
    _D.body.label("decision"),
).select_from(_REVIEW.outerjoin(table_of(ReviewDecisionRow), _D.review_id == _R.id))
_GET = _WITH_DECISION.where(_R.id == bindparam("id"))
_OF_PROPOSAL = _WITH_DECISION.where(_R.proposal_id == bindparam("proposal_id")).order_by(_R.place)
_PENDING = (
    _WITH_DECISION.where(_R.status == "pending")
    .order_by(_R.due_at_ms, _R.place)
    .limit(bindparam("limit"))
)
_LOCK = (
    select(_R.case_id, _R.proposal_id, _R.subject_digest, _R.status)
    .where(_R.id == bindparam("id"))
    .with_for_update()
)
_SUPERSEDE_OTHERS = (
    update(_REVIEW)
    .where(
        _R.proposal_id == bindparam("proposal"), _R.status == "pending", _R.id != bindparam("but")
    )
    .values(status="superseded")
)
_SET_STATUS = (
    update(_REVIEW).where(_R.id == bindparam("review")).values(status=bindparam("new_status"))
)
_DECISION = select(_D.body).where(_D.review_id == bindparam("id"))
_REJECTIONS = select(func.count()).where(
    _D.proposal_id == _P.id,
    _D.verdict == Verdict.REJECT.value,
    _P.transaction_id == bindparam("transaction_id"),
    _P.id != bindparam("except_proposal"),
)
_LATEST_DECISION = (
    select(_D.body)
    .where(_D.proposal_id == bindparam("proposal_id"))
    .order_by(_D.place.desc())
    .limit(1)
)


class SqlReviews:
    """Implements the port ReviewStore. Age is the order of storing."""

    def __init__(self, connection: Connection) -> None:
        self._sql = Statements(connection)

    def request(self, review: Review) -> bool:
        """Store a pending review and supersede other pending ones; False for a repeat.

        A superseded, undecided question that is asked again becomes pending again, due when it was
        due at first: the facts went back to what they were. Raise Conflict where the name is taken.
        """
        stored = self._sql.insert_new(
            ReviewRow,
            {
                "id": review.id,
                "case_id": review.case_id,
                "proposal_id": review.proposal_id,
                "role": review.role.value,
                "subject_digest": review.subject_digest,
                "subject": review.subject.canonical().decode(),
                "requested_at_ms": review.requested_at_ms,
                "due_at_ms": review.due_at_ms,
                "status": "pending",
            },
        )
        if not stored and not self._reopen(review):
            return False
        self._sql.change(_SUPERSEDE_OTHERS, {"proposal": review.proposal_id, "but": review.id})
        return True

    def _reopen(self, review: Review) -> bool:
        there = self._sql.first(_LOCK, {"id": review.id})
        if there is None or (there.case_id, there.proposal_id, there.subject_digest) != (
            review.case_id,
            review.proposal_id,
            review.subject_digest,
        ):
            raise Conflict(f"Review {review.id} asks about something else.")
        if there.status != "superseded":
            return False
        self._sql.change(_SET_STATUS, {"review": review.id, "new_status": "pending"})
        return True

    def supersede(self, proposal_id: str) -> int:
        """Supersede the pending reviews of a proposal that needs none any more; return how many."""
        return self._sql.change(_SUPERSEDE_OTHERS, {"proposal": proposal_id, "but": ""})

    def get(self, review_id: str) -> Review:
        """Return a review with its decision, if any; raise NotFound."""
        row = self._sql.first(_GET, {"id": review_id})
        if row is None:
            raise _not_found(review_id)
        return _review(row)

    def decide(self, decision: ReviewDecision) -> bool:
        """Record a decision; False for a repeat (see `ReviewDecision.repeats`).

        Raise NotFound; Conflict where it was decided otherwise or is of another proposal;
        StaleReview where it was superseded or something else was shown.
        """
        review = self._sql.first(_LOCK, {"id": decision.review_id})
        if review is None:
            raise _not_found(decision.review_id)
        earlier = self._sql.first(_DECISION, {"id": decision.review_id})
        if earlier is not None:
            if not decision.repeats(ReviewDecision.from_json(str(earlier[0]))):
                raise Conflict(
                    f"Review {decision.review_id} was decided already, otherwise.",
                    next_step="Look at the recorded decision; it stands.",
                )
            return False
        if review.proposal_id != decision.proposal_id:
            raise Conflict(f"Review {decision.review_id} is of another proposal.")
        if review.status == "superseded" or review.subject_digest != decision.subject_digest:
            raise StaleReview(
                f"What review {decision.review_id} asked about has changed.",
                next_step="Open the newest review of this case and decide on that.",
            )
        self._sql.insert(
            ReviewDecisionRow,
            {
                "review_id": decision.review_id,
                "proposal_id": decision.proposal_id,
                "reviewer": decision.reviewer,
                "verdict": decision.verdict.value,
                "body": decision.canonical().decode(),
                "decided_at_ms": decision.decided_at_ms,
            },
        )
        self._sql.change(_SET_STATUS, {"review": decision.review_id, "new_status": "decided"})
        return True

    def latest_decision(self, proposal_id: str) -> ReviewDecision | None:
        """Return the newest decision on a proposal."""
        row = self._sql.first(_LATEST_DECISION, {"proposal_id": proposal_id})
        return ReviewDecision.from_json(str(row[0])) if row is not None else None

    def rejections(self, transaction_id: str, *, except_proposal: str) -> int:
        """Return how many decisions went against crediting a transaction, one proposal left out."""
        return self._sql.number(
            _REJECTIONS, {"transaction_id": transaction_id, "except_proposal": except_proposal}
        )

    def pending(self, *, limit: int) -> tuple[Review, ...]:
        """Return pending reviews, the earliest due first."""
        return tuple(_review(row) for row in self._sql.all(_PENDING, {"limit": limit}))

    def of_proposal(self, proposal_id: str) -> tuple[Review, ...]:
        """Return all reviews of a proposal, oldest first."""
        rows = self._sql.all(_OF_PROPOSAL, {"proposal_id": proposal_id})
        return tuple(_review(row) for row in rows)


def _review(row: StoredRow) -> Review:
    return Review(
        id=ReviewId(row.id),
        case_id=CaseId(row.case_id),
        proposal_id=ProposalId(row.proposal_id),
        role=Role(row.role),
        subject=ReviewSubject.from_json(row.subject),
        subject_digest=row.subject_digest,
        requested_at_ms=row.requested_at_ms,
        due_at_ms=row.due_at_ms,
        status=row.status,
        decision=ReviewDecision.from_json(row.decision) if row.decision is not None else None,
    )


def _not_found(review_id: str) -> NotFound:
    return NotFound(
        f"There is no review {review_id}.", next_step="List reviews to see the pending ones."
    )
