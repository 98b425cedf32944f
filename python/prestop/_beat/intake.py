"""Moves new results from the platform's list of delegations into the results file."""

from __future__ import annotations

import asyncio

from .results import FullError, Results, as_file
from .saying import said

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

    from .._delegations import Delegations


MOST_ROWS = 1_000
"""Rows of one list that are looked at, the newest; the platform sends 50."""
MOST_NAMED = 20
"""Delegations of other workspaces that are named in the log for one list."""


async def opened(path: str, workspace_id: str, tracker: Delegations, logger: logging.Logger) -> Results:
    """Return the results file, of which the tracker knows from now on what was delivered before."""
    results = Results(path, workspace_id)
    for error in await asyncio.to_thread(results.resume, tracker):
        logger.error("heartbeat: not believed what was delivered before: %s", said(error))
    return results


async def take(rows: object, results: Results, tracker: Delegations, logger: logging.Logger) -> set[str]:
    """Put what is new in a list into the file; return the ids of which another process tells the user."""
    told_elsewhere: set[str] = set()
    unread = await asyncio.to_thread(results.look)
    if unread:
        await asyncio.to_thread(tracker.restore, as_file(unread))
    # What was delivered long ago and is listed again is not news.
    if isinstance(rows, list):
        if len(rows) > MOST_ROWS:
            logger.info("heartbeat: %d rows of a list are passed over", len(rows) - MOST_ROWS)
        # Each id is scrubbed, which takes its time where they are long.
        rows = await asyncio.to_thread(_unknown, rows[:MOST_ROWS], results)
    # Others write these texts: scrubbing them may take its time.
    ingested = await asyncio.to_thread(tracker.ingest, rows)
    for foreign in ingested.foreign[:MOST_NAMED]:
        logger.warning("heartbeat: delegation %s is another workspace's", foreign)
    if len(ingested.foreign) > MOST_NAMED:
        logger.warning(
            "heartbeat: %d more delegations are another workspace's", len(ingested.foreign) - MOST_NAMED
        )
    if ingested.skipped:
        logger.info("heartbeat: %d rows are no delegations", ingested.skipped)
    for result in ingested.results:
        try:
            is_ours = await asyncio.to_thread(results.append, result)
        except FullError:
            if not results.is_full:
                logger.warning(
                    "heartbeat: the results file is full and nobody reads it, further results wait"
                )
            results.is_full = True
            break
        except (OSError, ValueError) as error:
            logger.error("heartbeat: the results file cannot be written, later: %s", said(error))
            break
        results.is_full = False
        if not is_ours:
            told_elsewhere.add(result.delegation_id)
        tracker.confirm([result.delegation_id])
        await _note(results, logger)
    else:
        await _note(results, logger)
    return told_elsewhere


def _unknown(rows: list[object], results: Results) -> list[object]:
    return [one for one in rows if not results.holds(one)]


async def _note(results: Results, logger: logging.Logger) -> None:
    try:
        await asyncio.to_thread(results.note)
    except OSError as error:
        logger.warning("heartbeat: not remembered for the next start yet: %s", said(error))
