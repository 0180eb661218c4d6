"""What is told of a request once it is answered: metrics, a trace, a line of the log."""

import logging

from app.http.context import RequestContext

log = logging.getLogger(__name__)


def report(context: RequestContext, finished: float) -> None:
    """Tell of an answered request; `finished` is in time.monotonic seconds."""
    service, seconds = context.service, finished - context.started
    service.metrics.request(context.route, context.status, seconds)
    if context.stages:
        service.metrics.stages(context.spent["queue"], context.spent["encode"])
    if service.trace is not None:
        service.trace(context, finished)
    if service.settings.access_log:
        _log_access(context, seconds)


def _log_access(context: RequestContext, seconds: float) -> None:
    parts = {**context.spent, "total": seconds}
    fields = {
        "request_id": context.request_id.decode(),
        "method": context.method,
        "route": context.route,
        "status": context.status,
        "bytes": context.size,
        "milliseconds": {name: round(1000 * part, 3) for name, part in parts.items()},
    }
    log.info("answered", extra={"fields": fields})
