"""`treadle check`: what the compiler and AWS would refuse, and what is likely a mistake."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.errors import CompileError, ProjectError

if TYPE_CHECKING:
    from treadle.asl import Finding
    from treadle.language import Compiled
    from treadle.workflow import Workflow


@click.command("check")
@click.argument("name", required=False)
@click.option("--express", is_flag=True, help="The definition in the file is an Express machine's.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(name: str | None, express: bool, as_json: bool) -> int:
    """Compile workflows and check the result as CreateStateMachine does. Exits with 2 if anything is refused.

    NAME is a workflow, or the file of a definition that was written by hand; without it, all workflows of the project.
    """
    from treadle import project

    if name and Path(name).is_file():
        reports = [_written(Path(name), "EXPRESS" if express else "STANDARD")]
    else:
        found = project.find()
        workflows = {name: found.workflow(name)} if name else found.workflows
        reports = [_report(name, workflow) for name, workflow in workflows.items()]
    if as_json:
        import json

        click.echo(json.dumps(reports, indent=2, ensure_ascii=False))
    else:
        for report in reports:
            _show(report)
    return 2 if any(report["refused"] for report in reports) else 0


def _report(name: str, workflow: Workflow[..., Any]) -> dict[str, Any]:
    from treadle import asl
    from treadle.lanes import check as triggers
    from treadle.lanes.lane import lane

    try:
        compiled = workflow.compile()
        triggers.check([workflow])
        path = lane(workflow)
    except CompileError as error:
        return _refused(name, [str(problem) for problem in error.problems])
    except ProjectError as error:
        return _refused(name, str(error).splitlines())
    findings = asl.check(compiled.definition, workflow.type)
    return {
        "workflow": name,
        "refused": any(finding.severity == "ERROR" for finding in findings),
        "problems": [],
        "findings": _told(findings, compiled),
        "lane": path,
    } | _measures(compiled.definition)


def _written(file: Path, type: str) -> dict[str, Any]:
    """A definition as it stands in a file: what its text hides (a key that comes twice) is seen too."""
    from treadle import asl

    text = file.read_bytes()
    findings = asl.check(text, type)
    refused = any(finding.severity == "ERROR" for finding in findings)
    report = {
        "workflow": str(file),
        "refused": refused,
        "problems": [],
        "findings": [_finding(finding, {}) for finding in findings],
    }
    return report if refused else report | _measures(asl.load(text))


def _refused(name: str, problems: list[str]) -> dict[str, Any]:
    return {"workflow": name, "refused": True, "problems": problems, "findings": []}


def _measures(definition: Mapping[str, Any]) -> dict[str, Any]:
    """How big one run is and what it costs, in US dollars; a bound is None where there is none."""
    from treadle import asl

    size, cost = asl.size(definition), asl.cost(definition)
    return {
        "states": sum(1 for _ in asl.states(definition)),
        "statesPerRun": {"least": size.least.states, "most": size.most.states},
        "eventsPerRun": {"least": size.least.events, "most": size.most.events},
        "dollarsPerRun": {"standard": [cost.standard_least, cost.standard_most], "express": cost.express},
        "models": _models(definition),
        "children": _children(definition),
        "mayBeExpress": not any(each.severity == "ERROR" for each in asl.check(definition, "EXPRESS")),
    }


def _children(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each child of a Distributed Map is: an execution of its own, paid for by itself."""
    from treadle import asl
    from treadle.asl.prices import TRANSITION
    from treadle.asl.sizes import is_distributed, scope

    found = []
    for _, name, state in asl.states(definition):
        if state.get("Type") == "Map" and is_distributed(state):
            size = scope(state.get("ItemProcessor", state.get("Iterator", {})))
            counts = [size.least.states, size.most.states]
            dollars = [None if each is None else each * TRANSITION for each in counts]
            found.append({"state": name, "states": counts, "dollars": dollars})
    return found


def _models(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The models that are asked, with the tokens that an answer has at most and what these cost, where known."""
    from treadle import asl
    from treadle.asl.prices import tokens

    found: dict[str, dict[str, Any]] = {}
    for _, _, state in asl.states(definition):
        arguments = state.get("Arguments", state.get("Parameters"))
        model = arguments.get("ModelId") if isinstance(arguments, Mapping) else None
        if not isinstance(model, str) or model.startswith("{%") or "Messages" not in arguments:
            continue
        config = arguments.get("InferenceConfig")
        most = config.get("MaxTokens") if isinstance(config, Mapping) else None
        price = tokens(model)
        dollars = round(most * price[1] / 1_000_000, 9) if isinstance(most, int) and price else None
        found[model] = {"model": model, "maxTokens": most, "dollarsPerAnswer": dollars}
    return list(found.values())


def _told(findings: Iterable[Finding], compiled: Compiled) -> list[dict[str, Any]]:
    """What the definition's check found, and what the compiler advises, without what the source says it allows."""
    found = [_finding(each, compiled.sources) for each in findings]
    for advice in compiled.advice:
        source = f"{advice.file}:{advice.line}"
        found.append(_warning(advice.code, advice.message, source))
    return [each for each in found if each["severity"] == "ERROR" or not _allowed(each["code"], each["source"])]


def _warning(code: str, message: str, source: str) -> dict[str, Any]:
    return {"severity": "WARNING", "code": code, "message": message, "location": None, "source": source}


_ALLOWED = re.compile(r"#\s*allow:\s*([A-Z][A-Z_0-9]*(?:\s*,\s*[A-Z][A-Z_0-9]+)*)")


def _allowed(code: str, source: str) -> bool:
    """True where the line ends in `# allow: CODE`, or the line above it is just that."""
    file, _, line = source.rpartition(":")
    if not file:
        return False
    above, own = linecache.getline(file, int(line) - 1).strip(), linecache.getline(file, int(line))
    found = [_ALLOWED.search(own), _ALLOWED.match(above)]
    return any(each is not None and code in re.split(r"\s*,\s*", each[1]) for each in found)


def _finding(finding: Finding, sources: Any) -> dict[str, Any]:
    """A finding, with the source line of the innermost state it is in."""
    states = [part for part in (finding.location or "").split("/") if part in sources]
    source = sources[states[-1]] if states else None
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "location": finding.location,
        "source": f"{source.file}:{source.line}" if source else "",
    }


def _show(report: dict[str, Any]) -> None:
    if not report["problems"] and not report["findings"]:
        path = f"  {report['lane']} lane" if "lane" in report else ""
        click.echo(f"{click.style('ok', fg='green')}  {report['workflow']}{path}")
    else:
        _show_findings(report)
    if "states" in report:
        click.echo(f"    {_measured(report)}")
        for model in report["models"]:
            click.echo(f"    {_answered(model)}")
        for child in report["children"]:
            dollars = _range(None if each is None else 1000 * each for each in child["dollars"])
            states = _range(child["states"])
            click.echo(f"    each child of {child['state']!r} enters {states} more; 1,000 children cost ${dollars}")


def _measured(report: dict[str, Any]) -> str:
    """`7 states; a run enters 3 to 5 with 12 to 20 events; 1,000 runs cost $0.08 to $0.13, or $0.003 as Express`."""
    states, events = _range(report["statesPerRun"].values()), _range(report["eventsPerRun"].values())
    text = (
        f"{report['states']} state{'' if report['states'] == 1 else 's'}; a run enters {states}, with {events} events"
    )
    if report.get("lane") in ("sync", "queued"):
        return f"{text}, inside a Lambda function"
    dollars = report["dollarsPerRun"]
    standard = _range(None if each is None else 1000 * each for each in dollars["standard"])
    text += f"; 1,000 runs cost ${standard} as Standard"
    return f"{text}, ${1000 * dollars['express']:.3g} as Express (of 1 s, 64 MiB)" if report["mayBeExpress"] else text


def _answered(model: Mapping[str, Any]) -> str:
    """`us.anthropic… answers with 512 tokens at most: $0.00282 an answer, the prompt apart`."""
    if not isinstance(model["maxTokens"], int):
        return f"{model['model']} answers with as many tokens as it likes: bound them with max_tokens="
    text = f"{model['model']} answers with {model['maxTokens']:,} tokens at most"
    known = model["dollarsPerAnswer"]
    return text if known is None else f"{text}: ${known:.3g} an answer, the prompt apart"


def _range(bounds: Iterable[float | None]) -> str:
    least, most = (
        "no bound" if each is None else f"{each:.3g}" if isinstance(each, float) else f"{each:,}" for each in bounds
    )
    if least == most:
        return least
    return f"{least} or more" if most == "no bound" else f"{least} to {most}"


def _show_findings(report: dict[str, Any]) -> None:
    problems, findings = report["problems"], report["findings"]
    word, colour = ("refused", "red") if report["refused"] else ("warned", "yellow")
    click.echo(f"{click.style(word, fg=colour)}  {report['workflow']}")
    for problem in problems:
        click.echo(problem)
    for finding in findings:
        place = " at ".join(part for part in (finding["location"], finding["source"]) if part)
        click.echo(f"    {finding['severity'].lower()} {finding['code']}: {finding['message']} ({place})")
