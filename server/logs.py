"""Logs as JSON lines with the request's number; a traceback without the values of variables, which may be personal."""

import logging
import sys

import structlog
from structlog.typing import Processor

CALLERS = ("httpx", "httpcore")  # libraries that write down whom they call: an address of ours may hold a key or a number


def configure(level: str) -> None:
    """Say from `level` (debug, info, warning, error) on, to standard error; what libraries say comes in the same shape."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    written = structlog.processors.JSONRenderer(ensure_ascii=False)
    threshold = logging.getLevelName(level.upper())
    structlog.configure(
        processors=[*shared, written],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=written, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=threshold, force=True)
    for name in CALLERS:
        logging.getLogger(name).setLevel(logging.WARNING)
