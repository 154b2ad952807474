"""`treadle check`: what the compiler and AWS would refuse, and what is likely a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from treadle.errors import CompileError

if TYPE_CHECKING:
    from treadle.asl import Finding
    from treadle.workflow import Workflow


@click.command("check")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(name: str | None, as_json: bool) -> int:
    """Compile workflows and check the result as CreateStateMachine does. Exits with 2 if anything is refused."""
    from treadle import project

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

    try:
        compiled = workflow.compile()
    except CompileError as error:
        problems = [str(problem) for problem in error.problems]
        return {"workflow": name, "refused": True, "problems": problems, "findings": [], "states": None}
    findings = asl.check(compiled.definition, workflow.type)
    return {
        "workflow": name,
        "refused": any(finding.severity == "ERROR" for finding in findings),
        "problems": [],
        "findings": [_finding(finding, compiled.sources) for finding in findings],
        "states": len(compiled.sources),
    }


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
    problems, findings = report["problems"], report["findings"]
    if not problems and not findings:
        click.echo(f"{click.style('ok', fg='green')}  {report['workflow']}  {report['states']} states")
        return
    word, colour = ("refused", "red") if report["refused"] else ("warned", "yellow")
    click.echo(f"{click.style(word, fg=colour)}  {report['workflow']}")
    for problem in problems:
        click.echo(problem)
    for finding in findings:
        place = " at ".join(part for part in (finding["location"], finding["source"]) if part)
        click.echo(f"    {finding['severity'].lower()} {finding['code']}: {finding['message']} ({place})")
