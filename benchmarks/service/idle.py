"""What the service takes when nobody asks: CPU of one core, and memory."""

import asyncio

from benchmarks.command_line import measure_and_exit
from benchmarks.cpu_time import cpu_seconds
from benchmarks.report import verdict
from tests.service_process import ServiceProcess

SECONDS = 20


async def measure(service: ServiceProcess) -> int:
    """Let it idle, and read its CPU time before and after."""
    await asyncio.sleep(2)
    before = cpu_seconds(service.process.pid)
    await asyncio.sleep(SECONDS)
    share = (cpu_seconds(service.process.pid) - before) / SECONDS
    return verdict(share <= 0.005, f"idle: {share:.2%} of a core, {service.memory:.0f} MiB")


if __name__ == "__main__":
    measure_and_exit(measure)
