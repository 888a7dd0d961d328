"""Moving traffic to a deployment step by step, and back as soon as it does not do well.

:mod:`.machine` knows what comes next and :mod:`.guards` what "not well" is; both are pure.
:mod:`.watch` looks, :mod:`.run` does it, on what both places can do, and :mod:`.rollback` is the
way back afterwards. What must outlive the command is on the endpoint:
:mod:`azext_ml_endpoint.plan.under_way`.
"""
