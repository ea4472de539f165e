"""Single entries of the capacity register with what happened to them; reads only."""

from sqlmodel import Session, col, select

from workflow.errors import NotFoundError
from workflow.models import CaseCount, Event, PracticeManager, Programme, Vacancy

_OF_POSTS = ("post_opened", "post_moved", "post_filled")
_OF_MANAGERS = ("manager_added", "manager_end_moved", "manager_cases_counted")


def vacancies_of(session: Session, programme: Programme) -> list[Vacancy]:
    """Every post of the register, by reference."""
    query = select(Vacancy).where(Vacancy.programme_id == programme.key)
    return list(session.exec(query.order_by(Vacancy.reference)))


def read_post(session: Session, programme: Programme, number: int) -> tuple[Vacancy, list[Event]]:
    """The post of a number, and its events, oldest first.

    Raises:
        NotFoundError: the programme has none of it.
    """
    post = session.get(Vacancy, number)
    if post is None or post.programme_id != programme.key:
        raise NotFoundError("post", number)
    return post, _events(session, programme, _OF_POSTS, "vacancy_id", number)


def read_manager(
    session: Session, programme: Programme, number: int
) -> tuple[PracticeManager, list[CaseCount], list[Event]]:
    """The Practice Manager of a number, every count and event, oldest first.

    Raises:
        NotFoundError: the programme has none of it.
    """
    manager = session.get(PracticeManager, number)
    if manager is None or manager.programme_id != programme.key:
        raise NotFoundError("Practice Manager", number)
    counts = select(CaseCount).where(CaseCount.manager_id == manager.key)
    return (
        manager,
        list(session.exec(counts.order_by(col(CaseCount.counted_on)))),
        _events(session, programme, _OF_MANAGERS, "manager_id", number),
    )


def _events(
    session: Session, programme: Programme, kinds: tuple[str, ...], key: str, number: int
) -> list[Event]:
    query = (
        select(Event)
        .where(Event.programme_id == programme.key, col(Event.kind).in_(kinds))
        .order_by(col(Event.seq))
    )
    return [event for event in session.exec(query) if event.payload.get(key) == number]
