"""Reads prefect.yaml, strictly: Prefect itself ignores what it does not know."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cafe24.errors import SettingsError

FOLDER = "{{ $PWD }}"
"""Stands in the file for the folder that is deployed from."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScheduleEntry(_Section):
    """When a deployment runs; the slug is its identity across deploys."""

    slug: str
    cron: str
    timezone: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class ConcurrencyEntry(_Section):
    """How many runs at once, and what becomes of one too many."""

    limit: int
    collision_strategy: Literal["ENQUEUE", "CANCEL_NEW"]


class PoolEntry(_Section):
    """Whose workers run it, from which of its queues, with what settings of the pool's own kind."""

    name: str
    work_queue_name: str | None = None
    job_variables: dict[str, Any] = Field(default_factory=dict)


class DeploymentEntry(_Section):
    """One deployment as the file has it."""

    name: str
    entrypoint: str
    tags: list[str]
    work_pool: PoolEntry
    parameters: dict[str, Any] = Field(default_factory=dict)
    concurrency_limit: ConcurrencyEntry | None = None
    schedules: list[ScheduleEntry] = Field(default_factory=list)


class ProjectFile(_Section):
    """The whole file."""

    name: str
    prefect_version: str = Field(alias="prefect-version")
    definitions: dict[str, Any] = Field(default_factory=dict)
    pull: list[dict[str, Any]]
    deployments: list[DeploymentEntry]


def read_project_file(folder: Path) -> ProjectFile:
    """Return what `folder/prefect.yaml` says, with `folder` in its pull steps.

    Raises:
        SettingsError: missing, no YAML, or a key that nobody reads.
    """
    path = folder / "prefect.yaml"
    try:
        text = path.read_text(encoding="utf-8").replace(FOLDER, str(folder))
        return ProjectFile.model_validate(yaml.safe_load(text))
    except (OSError, yaml.YAMLError) as failure:
        raise SettingsError(f"prefect.yaml cannot be read: {failure}.") from None
    except ValidationError as flaws:
        first = flaws.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"prefect.yaml: {place}: {first['msg']}.") from None
