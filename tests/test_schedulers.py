"""Every scheduler of diffusers that can be recorded, under every prediction type, with an ideal denoiser."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scheduler_oracle import CASES, SIZE, sample, table
from tiny_models import wiener

from spectral import Recorder, lock_in, radial_frequency
from spectral.recording.schedulers import FAMILIES

FREQ = np.maximum(radial_frequency((SIZE, SIZE)), 1 / SIZE)
POWER = FREQ**-2 / (FREQ**-2).mean()
COMBINATIONS = [
    pytest.param(case, prediction, id=f"{case.name} {prediction}")
    for case in CASES
    for prediction in case.predictions
]

# numpy's and diffusers' deprecations, and torchsde's remarks on rounding
pytestmark = pytest.mark.filterwarnings("ignore")


def norm(fields):
    return np.sqrt((np.asarray(fields, dtype=np.float64) ** 2).sum(axis=(1, 2, 3)))


@pytest.mark.parametrize(("case", "prediction"), COMBINATIONS)
def test_the_ideal_denoiser_is_found_again(case, prediction):
    scheduler = case.make(prediction)
    with Recorder(scheduler) as recorder:
        noise, end = sample(case, prediction, scheduler, wiener(POWER))
    run = recorder.trajectory()

    assert run.n_steps == case.steps  # second-order schedulers too; SNR rises, or it would be no Trajectory
    if case.level != "score":  # whose corrector comes before the first step
        np.testing.assert_array_equal(run.x_t[0], noise[0])
    np.testing.assert_array_equal(run.sample, end[0])

    levels = torch.tensor(np.array([run.alpha, run.sigma]))[..., None, None, None]
    expected = wiener(POWER)(torch.tensor(run.x_t).double(), *levels).numpy()
    # relative to the estimate, or to a hundredth of the data where nothing is to be seen yet
    scale = np.maximum(norm(expected), 0.01 * np.sqrt(run.sample.size))
    tolerance = 2e-3 if prediction == "epsilon" else 1e-4  # float32 noise divided by alpha
    assert (norm(run.denoised - expected) / scale).max() < tolerance

    eps = (run.x_t[0] - run.alpha[0] * run.denoised[0]) / run.sigma[0]
    assert abs(eps.var() - 1) < 5 * np.sqrt(2 / eps.size)

    locks = lock_in(run)
    assert (np.diff(locks.step) >= 0).all() and locks.order.frequency > 0.8
    assert locks.step[0] < locks.step[-1] < run.n_steps


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_stochastic_is_where_fresh_noise_matters(case):
    ends, flags = [], []
    for fresh in (1, 2):
        scheduler = case.make(case.predictions[-1])
        with Recorder(scheduler) as recorder:
            ends.append(sample(case, case.predictions[-1], scheduler, wiener(POWER), fresh=fresh)[1])
        flags.append(recorder.trajectory().stochastic)
    assert flags[0] == flags[1] == (not torch.equal(*ends))


def test_every_scheduler_is_tried_and_the_page_says_so():
    assert {case.scheduler for case in CASES} == set(FAMILIES)
    tried = {name: {p for c in CASES if c.scheduler == name for p in c.predictions} for name in FAMILIES}
    for name, family in FAMILIES.items():
        assert tried[name] >= set(family.predicts), name
    page = Path(__file__).parents[1] / "docs" / "schedulers.md"
    assert page.read_text(encoding="utf-8") == table(), (
        "run python tests/scheduler_oracle.py > docs/schedulers.md"
    )
