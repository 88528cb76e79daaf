"""Memory does not grow with the steps: what is kept of a run lies on disk."""

import json
import subprocess
import sys

import pytest

LIMIT = 300e6  # bytes beyond the same loop without a recorder
CODE = """
import json, sys, threading, time
import torch
from diffusers import EulerDiscreteScheduler
from spectral import Recorder, Trajectory

class Peak(threading.Thread):
    '''The most memory of one's own, in bytes: not what maps of files take, which the system can have back.'''

    def __enter__(self):
        self.bytes, self.stopped = 0, False
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.join()

    def run(self):
        while not self.stopped:
            with open("/proc/self/status") as status:
                line = next(line for line in status if line.startswith("RssAnon"))
            self.bytes = max(self.bytes, 1024 * int(line.split()[1]))
            time.sleep(0.002)

def sample():
    scheduler.set_timesteps(steps)
    x = torch.randn(1, 3, 512, 512) * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        shown = scheduler.scale_model_input(x, t)
        x = scheduler.step(0.1 * shown, t, x).prev_sample

peaks, (folder, path) = {}, sys.argv[1:3]
steps = int(sys.argv[3])
scheduler = EulerDiscreteScheduler()
with Peak() as peaks["sample"]:
    sample()
with Peak() as peaks["record"]:
    with Recorder(scheduler, folder=folder) as recorder:
        sample()
with Peak() as peaks["trajectory"]:
    run = recorder.trajectory()
with Peak() as peaks["save"]:
    run.save(path)
with Peak() as peaks["load"]:
    run = Trajectory.load(path)
json.dump({"shape": run.x_t.shape, **{name: peak.bytes for name, peak in peaks.items()}}, sys.stdout)
"""


@pytest.mark.platform_only  # other systems than Linux do not tell
@pytest.mark.parametrize("steps", [80, pytest.param(250, marks=pytest.mark.slow)])
def test_a_run_of_512_x_512_pixels(tmp_path, steps):
    """Arrays of 0.5 GB in all, or of 1.6 GB."""
    if not sys.platform.startswith("linux"):
        pytest.skip("no /proc/self/status here")
    path = tmp_path / "run.safetensors"
    try:
        ran = subprocess.run(
            [sys.executable, "-c", CODE, str(tmp_path), str(path), str(steps)],
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
    finally:
        path.unlink(missing_ok=True)
    peaks = json.loads(ran.stdout)
    assert peaks.pop("shape") == [steps, 3, 512, 512]
    plain = peaks.pop("sample")
    assert plain > 10e6  # it is measured at all
    assert {name: peak - plain for name, peak in peaks.items() if peak - plain > LIMIT} == {}
