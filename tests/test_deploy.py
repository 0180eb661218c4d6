"""The files that run the service agree with the service."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.metrics import Metrics
from app.settings import Settings

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
KUBERNETES = {
    part["kind"]: part for part in yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text())
}


def container() -> dict[str, Any]:
    """Return the Deployment's only container."""
    (only,) = KUBERNETES["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


def test_the_dashboard_shows_metrics_that_exist() -> None:
    """Every metric of the dashboard is one that the service declares."""
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/atlas.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    declared = set(re.findall(r"^# TYPE (\w+)", Metrics().render().decode(), re.MULTILINE))

    named = {name for query in queries for name in re.findall(r"atlas_\w+", query)}

    assert named
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in named} <= declared


@pytest.mark.parametrize("service", COMPOSE)
def test_every_compose_service_is_closed(service: str) -> None:
    """No service may write its file system, has a capability or can gain privileges."""
    assert COMPOSE[service]["read_only"]
    assert COMPOSE[service]["cap_drop"] == ["ALL"]
    assert COMPOSE[service]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", ["app", "node"])
def test_compose_gives_the_service_time_to_finish(service: str) -> None:
    """A stop waits longer than the service may take to drain."""
    grace = int(COMPOSE[service]["stop_grace_period"].removesuffix("s"))

    assert grace > Settings.model_fields["drain_seconds"].default


def test_kubernetes_gives_the_service_time_to_finish() -> None:
    """A pod's stop waits longer than its preStop and the service's drain together."""
    pod = KUBERNETES["Deployment"]["spec"]["template"]["spec"]
    before = re.search(
        r"sleep\((\d+)\)", " ".join(container()["lifecycle"]["preStop"]["exec"]["command"])
    )

    assert before
    assert pod["terminationGracePeriodSeconds"] > (
        int(before[1]) + Settings.model_fields["drain_seconds"].default
    )


def test_kubernetes_runs_it_closed() -> None:
    """The pod is not root, reads only, and has no capability, like the compose service."""
    pod = KUBERNETES["Deployment"]["spec"]["template"]["spec"]
    security = container()["securityContext"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert security["readOnlyRootFilesystem"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert not security["allowPrivilegeEscalation"]


def test_kubernetes_names_fit_together() -> None:
    """Service, budget and autoscaler select the Deployment's pods."""
    labels = KUBERNETES["Deployment"]["spec"]["template"]["metadata"]["labels"]
    scaled = KUBERNETES["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]

    assert KUBERNETES["Service"]["spec"]["selector"] == labels
    assert KUBERNETES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert scaled["name"] == KUBERNETES["Deployment"]["metadata"]["name"]
    assert container()["resources"]["requests"]["cpu"], "the autoscaler needs a request"
