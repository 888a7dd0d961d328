"""The loop: a file is saved, looked at, and takes the place of what serves, or is told of.

What goes wrong with one save leaves what serves as it is, and waits for the next.
"""

from __future__ import annotations

import functools
import itertools
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from azext_ml_endpoint import content
from azext_ml_endpoint.content import ignore
from azext_ml_endpoint.document import script
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.model import Code, Endpoint
from azext_ml_endpoint.errors import (
    Declined,
    DocumentError,
    EndpointError,
    Interrupted,
    NotFoundError,
    StartError,
    Superseded,
)
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.watching import sources
from azext_ml_endpoint.watching.sources import Saved, Sources

_LONG = 5.0
"""Seconds after which a start is given up where it was saved anew: sooner, whoever saves all the
time would never be served."""
_AGAIN = re.compile(r"\b[Rr]un (?:the command|this command|this) again\b")


class Here(Protocol):
    """What is asked of this machine. ``asked`` has its digests. Each raises EndpointError."""

    def swap(self, asked: Endpoint, intent: Intent) -> None:
        """Makes it what is there; nothing where it is so."""

    def warm(self, asked: Endpoint, intent: Intent) -> None:
        """Its next starts with other code are quick."""

    def is_disturbed(self, name: str) -> bool:
        """Others have been at work on it, and what waited may be gone. Raises nothing."""

    def cool(self, name: str) -> None:
        """Nothing waits any more for code that nobody is going to save."""


@dataclass(frozen=True)
class Standing:
    """What the files said when they were made true, and which they are. changed: something had to
    be done for it."""

    asked: Endpoint
    intent: Intent
    sources: Sources
    changed: bool = False


Bring: TypeAlias = Callable[[], tuple[Standing, Here]]
"""Reads the files and makes them true. Raises EndpointError."""


class Saves(Protocol):
    """Nothing at all is saved now and then, where nothing is."""

    def __iter__(self) -> Iterator[frozenset[Path]]: ...

    def pending(self) -> frozenset[Path]:
        """What is going to be next."""


Open: TypeAlias = Callable[[Sources, Callable[[], bool]], AbstractContextManager[Saves]]
"""Of :func:`.saves.opened`."""


class Watch:
    """clock: seconds since the epoch, as files have them."""

    def __init__(
        self,
        bring: Bring,
        report: Report,
        opened: Open,
        clock: Callable[[], float] = time.time,
        *,
        lasts: bool = True,
    ) -> None:
        """lasts: what serves stays until the next one is ready."""
        self._bring = bring
        self._report = report
        self._opened = opened
        self._clock = clock
        self._lasts = lasts
        self._saved = Saved()
        self._troubled = self._told = False
        self._saves: Saves | None = None
        self._sources = Sources()
        self._owed = False  # the document says what did not start, maybe for want of other code
        self._saved_at = self._brought_at = self._taken_at = clock()

    def run(self) -> None:
        """Returns never. Raises EndpointError where the endpoint is not to be had, or is gone."""
        standing, here = self._brought()
        try:
            self._warm(standing, here)
            while True:
                standing = self._until_others(standing, here)
        finally:
            here.cool(standing.asked.name)

    def served(self, deployment: str) -> bool:
        """Requests go to what has come of the files that were saved last, if any were."""
        if self._saved:
            self._tell_time(deployment, "served")
        return bool(self._saved)

    def superseded(self) -> bool:
        """Whether what takes long to start was saved anew meanwhile. Any thread may ask.

        Of code, a module: what a program writes beside it all the time is nobody's edit. One save
        may be told of twice, the second time while it is started.
        """
        if self._saves is None or self._clock() - self._taken_at < _LONG:
            return False
        saved = sources.meaning(self._saves.pending(), self._sources, _ignored)
        counts = [each for each in saved.files if saved.anything or each.suffix == ".py"]
        return any(_time(each) > self._taken_at for each in counts)

    def _until_others(self, standing: Standing, here: Here) -> Standing:
        """Returns when other files are to be watched."""
        watched = standing.sources
        name = standing.asked.name
        with self._opened(watched, functools.partial(here.is_disturbed, name)) as saves:
            self._saves, self._sources = saves, watched
            self._report.step(f"{name}: watching {_told(watched)}; Ctrl-C ends it")
            for changed in itertools.chain(filter(None, [self._missed(watched)]), saves):
                saved = sources.meaning(changed, watched, _ignored)
                if saved:
                    standing = self._taken(saved, standing, here)
                elif not changed:
                    self._warm(standing, here)
                if standing.sources != watched:
                    break
        return standing

    def _brought(self) -> tuple[Standing, Here]:
        self._brought_at = self._clock()
        return self._bring()

    def _missed(self, watched: Sources) -> frozenset[Path]:
        """What was saved after the files had been read, and before anybody looked at them."""
        found = [*watched.files, *(each for tree in watched.trees for each in tree.rglob("*"))]
        return frozenset(each for each in found if _time(each) > self._brought_at)

    def _taken(self, saved: Saved, standing: Standing, here: Here) -> Standing:
        """What stands afterwards."""
        self._saved, self._saved_at = saved, self._moment(saved.files)
        self._taken_at, self._told = self._clock(), False
        whole = saved.anything or self._owed
        try:
            if whole:
                brought = self._brought()[0]
                self._owed = False
                if brought.changed and not self._told:  # such as traffic
                    self._tell_time(brought.asked.name, "done")
                return brought
            _require_readable(saved, standing.asked)
            now = replace(standing, asked=content.recoded(standing.asked))
            here.swap(now.asked, now.intent)
            self._settle()
            return now
        except Superseded as error:
            self._owed, self._troubled = whole, True
            self._report.step(error.message)
        except (Declined, DocumentError) as error:
            self._tell(error)
        except (NotFoundError, Interrupted):
            raise
        except EndpointError as error:
            self._owed = whole and isinstance(error, StartError)
            self._tell(error)
            self._warm(standing, here)  # what was waiting may have been used up
        return standing

    def _tell_time(self, name: str, what: str) -> None:
        self._told, self._troubled = True, False
        took = self._clock() - self._saved_at
        names = ", ".join(_names(self._saved.files))
        self._report.step(f"{name}: {names} {what} {took:.2f} s after it was saved")

    def _settle(self) -> None:
        """An edit that was of no use may be taken back: then nothing is swapped, or told of."""
        if self._troubled:
            self._troubled = False
            names = ", ".join(_names(self._saved.files))
            self._report.step(f"{names}: as it serves already")

    def _warm(self, standing: Standing, here: Here) -> None:
        """Also now and then, as what waits ends after a while, and with changes by others."""
        try:
            here.warm(standing.asked, standing.intent)
        except (NotFoundError, Interrupted):
            raise
        except EndpointError as error:
            self._tell(error)

    def _moment(self, files: Iterable[Path]) -> float:
        """When the last of them was saved; of one that is gone, now."""
        now = self._clock()
        return min(now, max(filter(None, map(_time, files)), default=now))

    def _tell(self, error: EndpointError) -> None:
        self._troubled = True
        for line in (error.detail or "").splitlines():
            self._report.step(line)
        advice = "" if isinstance(error, DocumentError) else error.recommendation or ""
        advice = _AGAIN.sub("save the file again", advice)
        told = " ".join(filter(None, [error.message, advice[:1].upper() + advice[1:]]))
        lasts = self._lasts or isinstance(error, DocumentError)
        after = " What served before goes on serving." if lasts else ""
        self._report.warning(f"{told.rstrip('.')}.{after}")


def _time(file: Path) -> float:
    """When it was saved, in seconds since the epoch; 0 where there is none."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _names(files: Sequence[Path]) -> list[str]:
    """Without those that an editor has made, and removed again, to save another."""
    there = [each for each in files if each.exists()]
    return list(dict.fromkeys(each.name for each in there or files))


def _require_readable(saved: Saved, asked: Endpoint) -> None:
    """Raises DocumentError, with all that is wrong with the scripts and the modules saved."""
    scripts = {
        each.code.path.resolve() / each.scoring_script
        for each in asked.deployments
        if each.name in saved.code and isinstance(each.code, Code) and each.scoring_script
    }
    modules = {each for each in saved.files if each.suffix == ".py" and each.is_file()} - scripts
    findings = [
        Finding(
            severity="error",
            message=remark.message,
            place=Place(str(file), remark.line, remark.column),
            hint=remark.hint,
        )
        for files, look in ((scripts, script.read), (modules, script.unparsable))
        for file in sorted(files)
        for remark in look(file)
        if remark.severity == "error"
    ]
    if findings:
        raise DocumentError(findings)


def _ignored(folder: Path, below: str) -> bool:
    """A folder's ignore file is read again, as it may be what was saved."""
    rules = ignore.of_folder(folder)
    parents = [each.as_posix() for each in Path(below).parents if each.name]
    return rules.matches(below) or any(map(rules.covers, parents))


def _told(watched: Sources) -> str:
    names = sorted({each.name for each in (*watched.files, *watched.trees)})
    return ", ".join(names)
