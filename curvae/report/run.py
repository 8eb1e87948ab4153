"""What the page says of a run, from its manifest."""

from collections.abc import Mapping
from typing import Any

from curvae.words import counted

Manifest = Mapping[str, Any]


def about(run: Manifest) -> dict[str, str]:
    """The run in names and values.

    Args:
        run: of `curvae.provenance.run_manifest`.
    """
    code, changed = run["code"], run["code"]["changed"]
    kinds = sorted({_said(e) for e in run["environments"]})
    return {
        "version": code["version"],
        "commit": (code["commit"] or "unknown") + (f", and changes in {', '.join(changed)}" if changed else ""),
        "lock": f"SHA-256 {code['lock_sha256']}",
        "environment": "; ".join(kinds),
        "first and last log": f"{run['first_log']} to {run['last_log']}" if run["first_log"] else "none lies here",
        "jobs": f"{counted(run['jobs'], 'whose benchmark file lies', 'whose benchmark files lie')} here: "
        f"{run['job_seconds']} s elapsed in all, "
        f"{run['cpu_seconds']} s of the processor",
        "outputs": f"{len(run['outputs'])} files and stores, each with its SHA-256 in run/manifest.json",
        "everything asked for": "run/config.yaml",
        "research object": "ro-crate-metadata.json",
    }


def environment(run: Manifest, name: str) -> str:
    """Versions and device of the jobs that trained something of a name; nothing where none did."""
    kinds = [_said(e) for e in run["environments"] if any(name in job.split("/") for job in e["jobs"])]
    return "; ".join(sorted(set(kinds)))


def _said(environment: Manifest) -> str:
    return ", ".join(f"{name} {value}" for name, value in environment.items() if name != "jobs")
