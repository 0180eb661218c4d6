"""Training in a container, into the store that the service watches."""

from tests.docker.containers import Project, get, wait_until


def test_a_freshly_trained_model_appears(served: Project) -> None:
    """`train` publishes into the store, and the running service serves it without a restart."""
    before = served("ps", "-q", "app")

    served("run", "--rm", "train", "digits-z2", "--set", "epochs=2")

    url = f"{served.url}/v1/models/digits-z2"
    wait_until(lambda: get(url) is not None, "the new model is served")
    assert get(f"{url}/decode?z=0,0&format=json")["images"]
    assert served("ps", "-q", "app") == before


def test_the_gpu_profile_is_valid(project: Project) -> None:
    """`train-gpu` reserves one NVIDIA device."""
    config = project("--profile", "train-gpu", "config")

    assert "driver: nvidia" in config
