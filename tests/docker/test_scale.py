"""Several nodes behind the balancer."""

import threading

import pytest

from tests.docker.containers import Project, get, run, wait_until

BALANCER = "haproxy:3.2-alpine"
NODES = 2


@pytest.fixture(name="scaled")
def _scaled(docker: str, project: Project) -> Project:
    """Start nodes and the balancer, and wait until all take part."""
    if not run(docker, "images", "-q", BALANCER):
        run(docker, "pull", "-q", BALANCER, check=False)
    if not run(docker, "images", "-q", BALANCER):
        pytest.skip(f"{BALANCER} is not here and cannot be pulled")
    project("--profile", "scale", "up", "-d", "--scale", f"node={NODES}", "node", "balancer")
    # Requests one after the other go to the nodes in turn.
    url = f"{project.balancer}/v1/models/mnist-z2"
    wait_until(lambda: all(get(url) is not None for _ in range(4 * NODES)), "all nodes serve")
    return project


def test_a_node_that_stops_costs_no_request(docker: str, scaled: Project) -> None:
    """While one of two nodes stops, every GET through the balancer is answered."""
    node = scaled("--profile", "scale", "ps", "-q", "node").split()[0]
    url = f"{scaled.balancer}/v1/models/mnist-z2/decode?z=0,0&format=json"
    stopped = threading.Event()
    answers: list[bool] = []

    def client() -> None:
        while not stopped.is_set():
            answers.append(get(url) is not None)

    clients = [threading.Thread(target=client) for _ in range(4)]
    for thread in clients:
        thread.start()
    run(docker, "stop", node)
    stopped.set()
    for thread in clients:
        thread.join()

    assert len(answers) > len(clients)
    assert all(answers)
