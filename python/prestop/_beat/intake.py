"""Moves new results from the platform's list of delegations into the results file."""

from __future__ import annotations

import asyncio

from .. import _loggers
from .results import Results
from .saying import said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._delegations import Delegations

logger = _loggers.named("heartbeat")


async def opened(path: str, workspace_id: str, tracker: Delegations) -> Results:
    """Open the results file, and tell the tracker which results were delivered before."""
    results = Results(path, workspace_id)
    for error in await asyncio.to_thread(results.resume, tracker):
        logger.error("heartbeat: not believed what was delivered before: %s", said(error))
    return results


async def take(rows: object, results: Results, tracker: Delegations) -> None:
    """Append the new results of a list to the file."""
    if rows is None:
        logger.warning("heartbeat: the list of delegations is no JSON")
    # A result that was delivered long ago and is still listed is not new.
    if isinstance(rows, list):
        rows = [one for one in rows if not results.holds(one)]
    ingested = tracker.ingest(rows)
    for foreign in ingested.foreign:
        logger.warning("heartbeat: delegation %s is another workspace's", foreign)
    if ingested.skipped:
        logger.info("heartbeat: %d rows are no delegations", ingested.skipped)
    for result in ingested.results:
        try:
            await asyncio.to_thread(results.append, result)
        except (OSError, ValueError) as error:
            logger.error("heartbeat: the results file cannot be written, later: %s", said(error))
            break
        tracker.confirm([result.delegation_id])
        await _note(results)
    else:
        await _note(results)


async def _note(results: Results) -> None:
    try:
        await asyncio.to_thread(results.note)
    except OSError as error:
        logger.warning("heartbeat: not remembered for the next start yet: %s", said(error))
