"""The scripts behind every number that is claimed; `python -m benchmarks.GROUP.NAME` runs one.

- `service`: the cost of a request, and whether the service keeps its promises under load;
- `explorer`: the page's speed in a real Chromium;
- `training`, `likelihood_speed`: a training step and an evaluation beside others' ways;
- `quality`: ELBO and likelihood on MNIST's test images;
- `peers`: this service beside other model servers, on the same work;
- `scaling`: growing work and models, and several nodes of which some fail;
- `endurance`: attacks and loads that take minutes or hours.

Most print PASS or FAIL with the figures and their targets, and exit with 0 or 1.
"""
