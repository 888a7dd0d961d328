"""Rolls out: the loop around :mod:`.machine`, on what a :class:`.service.Service` can do.

Before every change it looks whether the rollout is still its own: another process may have taken
over, or have ended it. Ctrl-C leaves everything as it is; the same command goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.errors import (
    ConflictError,
    EndpointError,
    GuardError,
    Interrupted,
    no_deployment,
)
from azext_ml_endpoint.plan import history, own_tags, render, twins, under_way
from azext_ml_endpoint.plan.executor import announce
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.own_tags import Changes
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.steps import Keep, SetTraffic
from azext_ml_endpoint.plan.traffic import nonzero
from azext_ml_endpoint.plan.under_way import UnderWay
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.rollout import machine
from azext_ml_endpoint.rollout.machine import At
from azext_ml_endpoint.rollout.service import Service
from azext_ml_endpoint.rollout.watch import Watch, not_serving
from azext_ml_endpoint.rollout.wish import Wish


def roll_out(
    service: Service,
    wish: Wish,
    report: Report,
    *,
    is_alive: Callable[[str], bool],
    clock: Callable[[], float] = time.time,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Returns when the deployment has the traffic of the last step, and is sound there.

    is_alive: whether the process of a run's word still runs, as far as can be known here.
    clock: seconds since 1970. pause: waits so many seconds.
    Raises GuardError when the traffic was returned, ConflictError where something is in the way,
    Interrupted after Ctrl-C, and what made it impossible to go on, when the traffic was returned.
    """
    name = wish.endpoint.name
    there = service.observe(name)
    wanted = _beside(wish, there)
    wish = replace(wish, to=wanted.deployments[0].name)
    share = there.traffic.get(wish.to, 0)
    state = _state(wish, there, is_alive)
    intent = Intent(create=False, only=frozenset({wish.to}), live=True, rollout=wish.run)
    if share:
        _require_unchanged(service.plan(wanted, intent), wish.to, share, is_ours=state is not None)
    if state is None and share >= wish.steps[-1]:
        report.step(f"{name}: nothing to do, {wish.to} has {share} % of the traffic")
        return
    if state is not None:
        report.step(f"Going on with {state}; {wish.to} has {share} % of the traffic")
    own = replace(state or _begun(wish, there), run=wish.run)
    run = _Run(service, wish, report, own=own, there=there, clock=clock)
    watch = Watch(service, wish, report, run.look, clock, pause)

    def deploy() -> None:
        plan = service.plan(wanted, intent)
        announce(plan.plan, wish.to, report.step)
        service.apply(plan)

    if wish.probe is None and wish.gate is None:
        report.warning(f"Nothing asks {wish.to} anything: give --probe, or tests: in the file.")
    run.go(machine.first(run.begin()), deploy, watch)


class _Lost(ConflictError):
    """The rollout is no longer this command's, which must not touch anything any more."""


class _Run:
    """One command's part of a rollout.

    ``own`` is what is noted on the endpoint; ``traffic`` what this command has left there.
    """

    def __init__(
        self,
        service: Service,
        wish: Wish,
        report: Report,
        *,
        own: UnderWay,
        there: ObservedEndpoint,
        clock: Callable[[], float],
    ) -> None:
        self._service, self._wish, self._report, self._clock = service, wish, report, clock
        self._own, self._there = own, there
        self._name, self._to = wish.endpoint.name, wish.to
        self._traffic = nonzero(there.traffic)

    def begin(self) -> int:
        """The share to go on from: until now another process may have moved the traffic.

        Of several that begin at once only one does, even where a place compares nothing.

        Each looks, writes its mark, and looks again when all have written that looked before (the
        rule of Fischer's mutual exclusion): the last mark stays, and the others see it.
        Raises ConflictError with who was first.
        """
        seen = under_way.mark(self._there.kept)
        try:
            self._take(self._mark(seen))
            self._service.settle()
            there = self._own_still()
        except (own_tags.Overtaken, _Lost):
            kept = self._service.observe(self._name).kept
            under_way.require_none(kept, self._name, self._own.run)
            raise
        self._there, self._traffic = there, nonzero(there.traffic)
        return self._traffic.get(self._to, 0)

    def _mark(self, seen: Changes) -> Keep:
        """seen: the mark that is there, which must be there still."""
        return Keep(
            reason="the rollout begins",
            endpoint_name=self._name,
            kept=under_way.written(self._own),
            holds=seen,
        )

    def go(self, at: At, deploy: Callable[[], object], watch: Watch) -> None:
        try:
            broken = self._forward(at, deploy, watch)
        except (KeyboardInterrupt, Interrupted) as end:
            raise self._interrupted() from end
        except EndpointError as error:
            if not isinstance(error, _Lost):
                self._return_after(error)
            raise
        if broken:
            raise GuardError(
                f"The rollout to {self._to} was stopped: {broken.rstrip('.')}.",
                f"The traffic of {self._name} is where it was: {render.shares(self._traffic)}. "
                f"{self._to} is still there: az ml endpoint get-logs -n {self._name} "
                f"-d {self._to} may say more.",
            )

    def look(self) -> ObservedEndpoint:
        """What there is. Raises ConflictError where the rollout is no longer this command's."""
        there = self._own_still()
        if (found := nonzero(there.traffic)) != self._traffic:
            raise _Lost(
                f"Somebody else has set the traffic of {self._name} to {render.shares(found)}; "
                "this rollout stops and leaves it so.",
                f"The same command goes on from there, az ml endpoint rollback -n {self._name} "
                f"returns it to {render.shares(self._own.origin)}.",
            )
        self._there = there
        return there

    def _own_still(self) -> ObservedEndpoint:
        there = self._service.observe(self._name)
        state = under_way.read(there.kept)
        if state is None or state.run != self._own.run:
            what = "ended by another command" if state is None else "taken over by another process"
            raise _Lost(
                f"The rollout to {self._to} has been {what}; this one changes nothing any more.",
                f"See who was it: az ml endpoint history -n {self._name}.",
            )
        return there

    def _forward(self, at: At | None, deploy: Callable[[], object], watch: Watch) -> str | None:
        """To the end, whichever that is. Answers what broke."""
        steps = machine.reachable(self._own.origin, self._to, self._wish.steps)
        broken: str | None = None
        while at is not None:
            match at.phase:
                case "deploy":
                    deploy()
                case "prove":
                    broken = watch.prove()
                case "move":
                    broken = self._move(at.share)
                case "watch":
                    broken = watch.bake(at.share)
                case "finish":
                    self._finish()
                case "revert":
                    self._revert()
            at = machine.following(at, steps, sound=broken is None)
        return broken

    def _move(self, share: int) -> str | None:
        there = self.look()
        if broken := not_serving(there, self._to):
            return broken
        self._set(there, machine.split(self._own.origin, self._to, share))
        self._report.step(f"Traffic is {render.shares(self._traffic)}")
        return None

    def _finish(self) -> None:
        there = self.look()
        self._keep(self._ended(f"rollout {self._to}"), "the rollout is done", there)
        self._report.step(f"{self._name}: the rollout to {self._to} is done")

    def _revert(self) -> None:
        """One write, which ends the rollout too."""
        there = self.look()
        origin = nonzero(self._own.origin)
        if self._traffic == origin:
            self._keep(under_way.ENDED, "the rollout is ended", there)
            return
        self._set(there, origin, self._ended(f"rollout {self._to} reverted", origin))
        self._report.step(f"Traffic is back at {render.shares(origin)}")

    def _set(
        self, there: ObservedEndpoint, traffic: Mapping[str, int], kept: Changes | None = None
    ) -> None:
        """The mark goes with the traffic: whose the one is, his is the other, too."""
        moved = replace(self._own, share=traffic.get(self._to, 0))
        self._take(
            SetTraffic(
                reason=f"rollout {self._to}",
                endpoint_name=self._name,
                traffic=traffic,
                kept=under_way.written(moved) if kept is None else kept,
                holds=under_way.mark(under_way.written(self._own)),
            ),
            there,
        )
        self._own = moved
        self._traffic = dict(traffic)

    def _keep(self, kept: Changes, reason: str, there: ObservedEndpoint) -> None:
        held = under_way.mark(under_way.written(self._own))
        self._take(Keep(reason=reason, endpoint_name=self._name, kept=kept, holds=held), there)

    def _take(self, step: SetTraffic | Keep, there: ObservedEndpoint | None = None) -> None:
        try:
            self._service.take(step, there)
        except own_tags.Overtaken as error:
            self.look()  # says more
            raise _Lost(error.message, error.recommendation) from error

    def _ended(self, what: str, split: Mapping[str, int] | None = None) -> Changes:
        """The rollout's end, and its entry in the history."""
        now = replace(self._wish.provenance, when=history.timestamp(self._clock()), what=what)
        before = replace(self._there, traffic=self._own.origin)
        return {**under_way.ENDED, **history.note(before, split or self._traffic, now)}

    def _return_after(self, error: EndpointError) -> None:
        """Nobody watches any more: the traffic goes back, if it can."""
        try:
            self._revert()
        except _Lost:
            return  # the traffic is another command's now
        except EndpointError as another:
            self._report.warning(
                f"The traffic could not be returned: {another.message} Do it with "
                f"az ml endpoint rollback -n {self._name}."
            )
        else:
            error.recommendation = " ".join(
                filter(None, [f"{self._to} was not rolled out.", error.recommendation])
            )

    def _interrupted(self) -> Interrupted:
        return Interrupted(
            f"The rollout to {self._to} was interrupted; the traffic of {self._name} was last seen "
            f"at {render.shares(self._traffic)}.",
            "The same command goes on from there; "
            f"az ml endpoint rollback -n {self._name} returns it to "
            f"{render.shares(self._own.origin)}.",
        )


def _state(wish: Wish, there: ObservedEndpoint, is_alive: Callable[[str], bool]) -> UnderWay | None:
    """The rollout to go on with. Raises ConflictError where it is somebody else's."""
    state = under_way.read(there.kept)
    if state is not None and (state.to != wish.to or is_alive(state.run)):
        under_way.require_none(there.kept, there.name)
    return state


def _begun(wish: Wish, there: ObservedEndpoint) -> UnderWay:
    provenance = wish.provenance
    return UnderWay(
        to=wish.to,
        origin=nonzero(there.traffic),
        who=provenance.who,
        since=provenance.when,
        run=wish.run,
    )


def _beside(wish: Wish, there: ObservedEndpoint) -> Endpoint:
    """The deployment alone, under the name it has there; of the endpoint what is there already."""
    alone = replace(
        wish.endpoint,
        deployments=(_chosen(wish),),
        traffic=None,
        mirror_traffic=None,
        **there.aspects,
        identity=None,
        target=None,
    )
    return twins.named_as_there(alone, there)


def _chosen(wish: Wish) -> Deployment:
    for each in wish.endpoint.deployments:
        if each.name == wish.to:
            return each
    raise no_deployment("The file", wish.to, [each.name for each in wish.endpoint.deployments])


def _require_unchanged(plan: Planned, to: str, share: int, *, is_ours: bool) -> None:
    """Raises ConflictError where a deployment with traffic would have to be changed.

    is_ours: a rollout gave it the traffic. Where it does not run any more, its watch will say so,
    and the traffic returns.
    """
    gone_bad = is_ours and plan.there and not_serving(plan.there, to)
    if gone_bad or not plan.changes_anything:
        return
    raise ConflictError(
        f"Deployment {to} of {plan.name} differs from the file, and has {share} % of the traffic: "
        "it would be changed while it serves.",
        "Give the deployment in the file another name, or take its traffic away first: "
        f"az ml endpoint rollback -n {plan.name}, or update --traffic.",
    )
