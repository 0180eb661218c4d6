# Needs make and Python 3.11 to 3.13; everything else goes into this folder (.uv, .venv, .browser).
STORE_EXTRAS = $(filter objects objects-gs,$(EXTRAS)) # of the extras, those that training knows
LOCK = scripts/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

serve: ## serve the bundled models and the explorer on http://127.0.0.1:8000
	@scripts/environment app $(EXTRAS)
	@exec .venv/app/bin/python -m app

train: ## train a model and publish it: make train CONFIG=mnist-z2 ARGS="--data DIR"
	@scripts/environment training $(STORE_EXTRAS)
	@PATH="$$PWD/.venv/training/bin:$$PATH" exec scripts/train $(CONFIG) $(ARGS)

atlas: ## from a folder of images to a served map: make atlas IMAGES=DIR NAME=birds
	@test -n "$(IMAGES)$(RUN)" || { echo "say which images: make atlas IMAGES=DIR" >&2; exit 2; }
	@scripts/environment training $(STORE_EXTRAS)
	@scripts/environment app $(EXTRAS)
	@exec .venv/training/bin/python -m training atlas $(if $(RUN),--resume "$(RUN)") \
		$(if $(IMAGES),"$(IMAGES)") $(if $(NAME),--name "$(NAME)") $(ARGS) \
		--serve ".venv/app/bin/python -m app"

shapes: ## draw example images for `make atlas`: make shapes IMAGES=DIR
	@scripts/environment training
	@.venv/training/bin/python scripts/draw_shapes.py "$(or $(IMAGES),runs/shapes)"

test: ## run all tests, in a real browser too: make test ARGS=tests/unit
	@scripts/environment dev
	@CHROMIUM=$$(scripts/browser) && export CHROMIUM && \
		export PYTHONDONTWRITEBYTECODE= && exec .venv/dev/bin/python -m pytest \
		--numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

coverage: ## run all tests, the long ones too, and say which lines and branches none reaches
	@$(MAKE) --no-print-directory test ARGS='-m "long or not long" --cov --cov-report=term $(ARGS)'

docker-test: ## build the containers and try them with a real engine
	@scripts/environment dev
	@DOCKER=$$(scripts/docker) && CHROMIUM=$$(scripts/browser) && export DOCKER CHROMIUM && \
		DOCKER_TEST=1 exec .venv/dev/bin/python -m pytest tests/docker $(ARGS)

ray-test: ## try the API's tests against Ray Serve, on several nodes of this machine
	@scripts/environment ray dev
	@RAY_TEST=1 RAY_USAGE_STATS_ENABLED=0 exec .venv/ray/bin/python -m pytest -W ignore tests/ray $(ARGS)

bench: ## a quick look at speed, one round of each; needs wrk
	@scripts/environment dev
	@benchmarks/peers/environment fastapi mosec
	@.venv/dev/bin/python -m benchmarks.service.overhead || true # a missed target is a figure too
	@.venv/dev/bin/python -m benchmarks.peers --fresh --results runs/bench/peers --rounds 1 \
		--seconds 2 --only ours ours-tensorflow newcomer mosec constant
	@.venv/dev/bin/python -m benchmarks.training --fresh --results runs/bench/training --rounds 1 \
		--only rate keras ours ours-bf16-slices

picture: ## take the documents' pictures of the service that `make serve` runs
	@scripts/environment dev
	@CHROMIUM=$$(scripts/browser) && export CHROMIUM && \
		exec .venv/dev/bin/python scripts/screenshot.py http://127.0.0.1:8000

audit: ## advisories of the locked requirements; licences and an SBOM into .venv/audit
	@scripts/audit .venv/audit

check: ## lint, formatting, types; the page's too
	@scripts/environment dev
	.venv/dev/bin/ruff check
	.venv/dev/bin/ruff format --check
	.venv/dev/bin/mypy
	.venv/dev/bin/biome check
	@tsc=$$(scripts/typescript) && set -x && "$$tsc" --project jsconfig.json

lock: ## lock the requirements again: make lock ARGS=--upgrade
	$(LOCK) $(ARGS) --group app -o requirements/app.txt pyproject.toml
	$(LOCK) $(ARGS) --group tracing -c requirements/app.txt -o requirements/tracing.txt pyproject.toml
	$(LOCK) $(ARGS) --group openvino -c requirements/app.txt -o requirements/openvino.txt pyproject.toml
	$(LOCK) $(ARGS) --group training -o requirements/training.txt pyproject.toml
	for group in objects objects-gs; do $(LOCK) $(ARGS) --group $$group -c requirements/app.txt \
		-c requirements/training.txt -o requirements/$$group.txt pyproject.toml || exit; done
	$(LOCK) $(ARGS) --group training-gpu -o requirements/training-gpu.txt pyproject.toml
	$(LOCK) $(ARGS) --overrides requirements/overrides.txt --group dev \
		-o requirements/dev.txt pyproject.toml
	$(LOCK) $(ARGS) --group ray -c requirements/dev.txt -o requirements/ray.txt pyproject.toml
	echo uv | $(LOCK) $(ARGS) --no-annotate -o requirements/uv.txt -

.PHONY: help serve train atlas shapes test coverage docker-test ray-test bench picture audit check lock
.DEFAULT_GOAL := help
