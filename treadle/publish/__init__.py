"""Ships a project's workflows to AWS, in stages that follow one another:

    describe   the project -> what it wants: machines, roles, rules, schedules   (desired, names)
    validate   what AWS would refuse is refused before any call                  (validate)
    plan       what it wants against what AWS has -> calls, as data; reads only  (plan, role, machine, rule, schedule)
    execute    the calls, one after another, at the speed AWS allows             (execute)

Running it again compares anew, so a publish that stopped half-way goes on where it stopped.
"""

from __future__ import annotations

from treadle.publish.call import Call, Plan
from treadle.publish.desired import Deployment, Served, describe
from treadle.publish.execute import Report, execute
from treadle.publish.names import Place
from treadle.publish.plan import place, plan
from treadle.publish.remote import Aws, Remote
from treadle.publish.validate import validate

__all__ = [
    "Aws",
    "Call",
    "Deployment",
    "Place",
    "Plan",
    "Remote",
    "Report",
    "Served",
    "describe",
    "execute",
    "place",
    "plan",
    "validate",
]
