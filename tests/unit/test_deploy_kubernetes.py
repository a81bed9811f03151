"""The manifests in deploy/kubernetes.md say the same as the image, compose and the code."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cafe24.settings import PROJECT, Settings
from cli.main import _parser
from deploy.first_process import PATIENCE_S
from tests.dockerfile import last
from tests.prefect_words import SETTINGS

PAGE = (PROJECT / "deploy" / "kubernetes.md").read_text(encoding="utf-8")
USER = int(last("USER").rest.partition(":")[0])
LONGEST_OUTAGE_S = 1800
"""Of Prefect's server, for which no worker may be restarted."""


def manifests() -> Iterator[dict[str, Any]]:
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        yield from yaml.safe_load_all(block)


BY_KIND = {one["kind"]: one for one in manifests()}
WORKER = BY_KIND["StatefulSet"]["spec"]["template"]
PODS = {"Job": BY_KIND["Job"]["spec"]["template"], "StatefulSet": WORKER}

each_pod = pytest.mark.parametrize("pod", PODS.values(), ids=PODS)


def test_they_are_those_of_one_namespace() -> None:
    kinds = {"Job", "Service", "StatefulSet", "PodDisruptionBudget", "NetworkPolicy"}
    assert set(BY_KIND) == kinds
    assert len(list(manifests())) == len(kinds)
    assert {one["metadata"]["namespace"] for one in BY_KIND.values()} == {"cafe24"}


@each_pod
def test_a_pod_is_the_images_user_and_may_do_nothing_it_does_not_need(pod: dict[str, Any]) -> None:
    whole = pod["spec"]["securityContext"]
    assert (whole["runAsNonRoot"], whole["runAsUser"]) == (True, USER)
    assert not pod["spec"]["automountServiceAccountToken"]
    assert not {"hostNetwork", "hostPID", "shareProcessNamespace"} & set(pod["spec"])
    for container in pod["spec"]["containers"]:
        limits = container["securityContext"]
        assert limits["readOnlyRootFilesystem"]
        assert not limits["allowPrivilegeEscalation"]
        assert limits["capabilities"] == {"drop": ["ALL"]}
        # The image's entry point waits for the helper: nothing may take its place.
        assert "command" not in container


@each_pod
def test_every_variable_is_one_that_somebody_reads(pod: dict[str, Any]) -> None:
    for container in pod["spec"]["containers"]:
        assert {one["name"] for one in container["env"]} <= Settings.names() | SETTINGS


@each_pod
def test_every_mount_has_its_volume(pod: dict[str, Any]) -> None:
    made = {one["name"] for one in pod["spec"]["volumes"]}
    if pod is WORKER:
        made |= {
            one["metadata"]["name"]
            for one in BY_KIND["StatefulSet"]["spec"]["volumeClaimTemplates"]
        }
    for container in pod["spec"]["containers"]:
        assert {one["name"] for one in container["volumeMounts"]} == made


def test_setup_is_a_command_that_there_is() -> None:
    [container] = PODS["Job"]["spec"]["containers"]
    python, program, *words = container["args"]
    assert (python, program) == (".venv/bin/python", "manage.py")
    _parser(words)[0].parse_args(words)


def test_a_worker_that_is_stopped_has_longer_than_its_first_process_waits() -> None:
    assert WORKER["spec"]["terminationGracePeriodSeconds"] > PATIENCE_S


def test_a_workers_volume_is_its_own_and_is_where_the_image_keeps_what_must_last() -> None:
    [volume] = last("VOLUME").words
    [container] = WORKER["spec"]["containers"]
    assert {"name": "state", "mountPath": volume} in container["volumeMounts"]
    [claim] = BY_KIND["StatefulSet"]["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "state"
    # Else each mount opens the spill folder to the group, and every refresh is refused.
    assert WORKER["spec"]["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"


def test_no_worker_is_restarted_because_prefects_server_is_away() -> None:
    [container] = WORKER["spec"]["containers"]
    liveness = container["livenessProbe"]
    assert liveness["periodSeconds"] * liveness["failureThreshold"] > LONGEST_OUTAGE_S
    assert "--with-healthcheck" in last("CMD").words


def test_budget_policy_and_service_choose_the_pods_that_there_are() -> None:
    labels = WORKER["metadata"]["labels"]
    chosen = BY_KIND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    assert chosen.items() <= labels.items()
    assert BY_KIND["Service"]["spec"]["selector"].items() <= labels.items()
    guarded = BY_KIND["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    assert all(guarded.items() <= pod["metadata"]["labels"].items() for pod in PODS.values())
    assert BY_KIND["NetworkPolicy"]["spec"]["ingress"] == []
