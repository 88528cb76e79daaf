"""Sampling with a bare denoiser, against recursions, closed forms and diffusers' own samplers."""

import importlib.metadata
import tempfile
from types import SimpleNamespace

import diffusers
import numpy as np
import pytest
import torch
from scheduler_oracle import LEVELS, SCALED
from tiny_models import wiener
from wiener_sampler import exploding_gains

from spectral import (
    InputError,
    Recorder,
    Trajectory,
    explained_fraction,
    lock_in,
    radial_frequency,
    record_denoiser,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # diffusers' deprecations

SAMPLERS = ("euler", "heun", "ancestral")
ARRAYS = ("x_t", "denoised", "sample")
SIZE = 32
SHAPE = (3, SIZE, SIZE)
FREQ = np.maximum(radial_frequency((SIZE, SIZE)), 1 / SIZE)
POWER = FREQ**-2 / (FREQ**-2).mean()


def karras(n_steps, low=0.01, high=80.0, rho=7):
    """Karras et al. 2022, eq. 5."""
    ramp = np.linspace(0, 1, n_steps)
    return (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho


def ideal(x, sigma):
    return wiener(POWER)(x.double(), 1.0, sigma.double())


def run(denoise=ideal, **changes):
    options = dict(sigmas=karras(12), shape=SHAPE, seed=0, progress=False)
    return record_denoiser(denoise, **(options | changes))


def same(one, other):
    for name in ("x_t", "denoised", "sample", "sigma"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("sampler", ["euler", "heun"])
def test_a_deterministic_sampler_scales_each_frequency_as_the_naive_recursion_does(sampler):
    made = run(sampler=sampler)
    gains, _ = exploding_gains(POWER, made.sigma, sampler=sampler)
    start = np.fft.fft2(made.x_t[0].astype(np.float64))
    for i, sigma in enumerate(made.sigma):
        expected = np.fft.ifft2(gains[i] * start).real
        np.testing.assert_allclose(made.x_t[i], expected, atol=2e-6 * np.abs(expected).max())
        expected = np.fft.ifft2(POWER / (POWER + sigma**2) * gains[i] * start).real
        np.testing.assert_allclose(made.denoised[i], expected, atol=2e-6 * np.abs(expected).max())
    np.testing.assert_array_equal(made.sample, made.denoised[-1])
    np.testing.assert_allclose(
        np.fft.fft2(made.sample), gains[-1] * start, atol=2e-6 * np.abs(gains[-1] * start).max()
    )


def test_the_ancestral_samplers_covariance_is_that_of_the_naive_recursion():
    """Of x_i with itself and with the sample, at every frequency and step, over many channels."""
    side, channels = 8, 4000
    freq = np.maximum(radial_frequency((side, side)), 1 / side)
    power = freq**-2 / (freq**-2).mean()
    denoise = wiener(power)
    made = run(
        lambda x, sigma: denoise(x.double(), 1.0, sigma.double()),
        shape=(channels, side, side),
        sampler="ancestral",
        sigmas=karras(8, high=30.0),
    )
    gains, variances = exploding_gains(power, made.sigma, sampler="ancestral")
    x = np.fft.fft2(np.concatenate([made.x_t, made.sample[None]]).astype(np.float64)) / side
    for i in range(len(x)):
        reach = gains[-1] / gains[i]
        for factor, other in [(np.ones_like(power), x[i]), (reach, x[-1])]:
            expected = factor * variances[i]
            found = (x[i] * other.conj()).real.mean(axis=0)
            # real Gaussians at worst: Var(ab) = Var a Var b + Cov(a, b)^2
            spread = np.sqrt(
                (variances[i] * (variances[-1] if other is x[-1] else variances[i]) + expected**2) / channels
            )
            assert (np.abs(found - expected) < 5.5 * spread).all(), i


@pytest.mark.parametrize(
    ("sampler", "n_steps", "tolerance"),
    [("euler", 500, 0.01), ("heun", 100, 0.002), ("ancestral", 300, None)],
)
def test_many_steps_come_to_the_closed_form(sampler, n_steps, tolerance):
    channels = 12 if tolerance is None else 3
    made = run(sampler=sampler, sigmas=karras(n_steps), shape=(channels, SIZE, SIZE))
    sample = np.fft.fft2(made.sample.astype(np.float64))
    ring = np.minimum((FREQ * SIZE).round().astype(int), SIZE // 2)
    count = np.bincount(ring.ravel())[1:] * channels
    total = np.bincount(ring.ravel(), (np.abs(sample) ** 2).sum(axis=0).ravel())[1:]
    for sigma, denoised in zip(made.sigma[::10], made.denoised[::10], strict=True):
        error = np.abs(np.fft.fft2(denoised.astype(np.float64)) - sample) ** 2
        explained = 1 - np.bincount(ring.ravel(), error.sum(axis=0).ravel())[1:] / total
        each = explained_fraction(POWER / sigma**2, stochastic=tolerance is None)
        expected = np.bincount(ring.ravel(), (each * np.abs(sample) ** 2).sum(axis=0).ravel())[1:] / total
        # error over power of `count` Gaussian coefficients, half of them independent: as an F ratio
        bound = 6 * np.sqrt(4 / count) * (1 - expected) + 0.02 if tolerance is None else tolerance
        assert (np.abs(explained - expected) < bound).all(), sigma


@pytest.mark.parametrize(("sampler", "order"), [("euler", 1), ("heun", 2)])
def test_order_of_convergence(sampler, order):
    """The error against the exact solution of the ODE, for one white Gaussian: x sqrt(1 / (1 + sigma^2))."""
    counts, errors = np.array([32, 64, 128, 256]), []
    for n_steps in counts:
        sigmas = karras(n_steps, low=1e-3, high=20.0)
        made = run(lambda x, s: x.double() / (1 + s.double() ** 2), sampler=sampler, sigmas=sigmas)
        exact = made.x_t[0].astype(np.float64) / np.sqrt(1 + sigmas[0] ** 2)
        errors.append(np.abs(made.sample / exact - 1).mean())
    slope = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert abs(slope - order) < 0.1, errors


@pytest.mark.parametrize(
    ("sampler", "name", "config"),
    [
        ("euler", "EulerDiscreteScheduler", {"use_karras_sigmas": True}),
        ("heun", "HeunDiscreteScheduler", {"use_karras_sigmas": True}),
        ("ancestral", "EulerAncestralDiscreteScheduler", {}),
    ],
)
def test_diffusers_own_sampler_agrees(sampler, name, config):
    scheduler = getattr(diffusers, name)(**config)
    scheduler.set_timesteps(15)
    generator = torch.Generator().manual_seed(5)
    x = torch.randn((1, *SHAPE), generator=generator) * scheduler.sigmas[0]
    with Recorder(scheduler) as recorder:
        for t in scheduler.timesteps:
            _, sigma = LEVELS["exploding"](scheduler, float(t))
            x_t = scheduler.scale_model_input(x, t).double() / SCALED["exploding"](scheduler, sigma)
            noise = (x_t - wiener(POWER)(x_t, 1.0, sigma)) / sigma
            options = {"generator": generator} if sampler == "ancestral" else {}
            x = scheduler.step(noise.float(), t, x, **options).prev_sample
    theirs = recorder.trajectory()
    ours = run(sampler=sampler, sigmas=theirs.sigma, seed=5)
    assert ours.n_steps == theirs.n_steps == 15
    assert ours.stochastic == theirs.stochastic
    size = {name: np.linalg.norm(getattr(theirs, name).reshape(-1, 3 * SIZE**2), axis=1) for name in ARRAYS}
    size["denoised"] += 0.1 * size["x_t"]  # found again from epsilon, in float32
    for name in ARRAYS:
        apart = (getattr(ours, name) - getattr(theirs, name)).reshape(-1, 3 * SIZE**2)
        assert (np.linalg.norm(apart, axis=1) < 1e-5 * size[name]).all(), name


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_bands_lock_from_low_to_high(sampler):
    locks = lock_in(run(sampler=sampler, sigmas=karras(30)))
    assert (np.diff(locks.step) >= 0).all() and locks.order.frequency > 0.9
    assert locks.step[0] < locks.step[-1] < 30


def test_what_is_recorded(tmp_path):
    made = run(sampler="ancestral", seed=3, model="edm", out=tmp_path / "run")
    assert (made.scheduler, made.eta, made.stochastic) == ("ancestral", 1.0, True)
    assert (made.modality, made.origin, made.seed, made.model) == ("image", "free", 3, "edm")
    assert made.versions["torch"] == importlib.metadata.version("torch")
    np.testing.assert_array_equal(made.alpha, 1)
    np.testing.assert_array_equal(made.sigma, karras(12))
    np.testing.assert_array_equal(made.timestep, np.arange(12)[::-1])
    eps = made.x_t[0] / made.sigma[0]
    assert abs(eps.var() - 1) < 5 * np.sqrt(2 / eps.size)
    same(Trajectory.load(tmp_path / "run"), made)
    for sampler in ("euler", "heun"):
        assert (run(sampler=sampler).eta, run(sampler=sampler).stochastic) == (0.0, False)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_same_seed_gives_the_same_file(tmp_path, sampler):
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        run(sampler=sampler, seed=seed, out=tmp_path / name)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_the_last_zero_is_understood():
    for zeros in ([0.0], torch.tensor([0.0])):
        sigmas = karras(6).astype(np.float32)
        sigmas = torch.cat([torch.tensor(sigmas), zeros]) if isinstance(zeros, torch.Tensor) else [*sigmas, 0]
        same(run(sigmas=sigmas), run(sigmas=karras(6).astype(np.float32)))


def by_kdiffusion(x, sigma):
    """`model(x, sigma * s_in)`, with a sigma for each of the batch."""
    assert sigma.shape == x.shape[:1]
    return ideal(x, sigma[:, None, None, None])


def by_edm(x, sigma):
    """EDMPrecond.forward, which takes a scalar or a batch of sigmas, and a network that takes gradients."""
    x, sigma = x.to(torch.float32), sigma.to(torch.float32).reshape(-1, 1, 1, 1)
    weight = torch.nn.Parameter(torch.ones(()))
    with torch.enable_grad():
        return weight * ideal(x, sigma)


def by_azula(x_t, t):
    while t.ndim < x_t.ndim:
        t = t[..., None]
    return SimpleNamespace(mean=ideal(x_t, t), var=t**2)


def by_numpy(x, sigma):
    x = np.asarray(x, dtype=np.float64)
    return np.fft.ifft2(np.fft.fft2(x) * (POWER / (POWER + float(sigma) ** 2))).real


def in_place(x, sigma):
    return x.copy_(ideal(x, sigma))


@pytest.mark.parametrize("denoise", [by_kdiffusion, by_edm, by_azula, by_numpy, in_place])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_however_it_is_written(denoise, sampler):
    found, expected = run(denoise, sampler=sampler), run(sampler=sampler)
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-4, atol=2e-5)


def test_a_denoiser_sees_float32_without_gradients_and_one_look_a_step():
    looks = []

    def spy(x, sigma):
        looks.append((x.clone(), float(sigma)))
        assert x.dtype == sigma.dtype == torch.float32 and not torch.is_grad_enabled()
        return ideal(x, sigma)

    made = run(spy)
    assert len(looks) == made.n_steps
    for i, (x, sigma) in enumerate(looks):
        np.testing.assert_array_equal(x[0], made.x_t[i])
        assert sigma == np.float32(made.sigma[i])
    looks.clear()
    assert run(spy, sampler="heun").n_steps == 12 and len(looks) == 23  # two a step, but for the last


@pytest.mark.parametrize(("modality", "shape"), [("waveform", (1, 400)), ("mel", (1, 16, 20))])
def test_sound(modality, shape):
    made = run(lambda x, s: x / (1 + s**2), modality=modality, shape=shape, sample_rate=16000)
    assert (made.modality, made.sample.shape, made.sample_rate) == (modality, shape, 16000)


def test_half_precision_of_the_file():
    whole, half = run(), run(storage="float16")
    assert half.x_t.dtype == half.denoised.dtype == np.float16 and half.sample.dtype == np.float32
    np.testing.assert_allclose(half.denoised, whole.denoised, rtol=2**-11 + 1e-6, atol=1e-7)
    np.testing.assert_array_equal(half.sample, whole.sample)
    with pytest.raises(InputError, match=r"x_t reaches .* that float16 can hold"):
        run(sigmas=[1e5, 10.0, 1.0], storage="float16")


def wrong_shape(x, sigma):
    return x[0]


def wrong_size(x, sigma):
    return x[..., 1:]


def unwell(x, sigma):
    return x / (sigma - karras(12).astype(np.float32)[4])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(sigmas=[]), "sigmas: found 0"),
        (dict(sigmas=[1.0, 0.0]), "sigmas: found 1"),
        (dict(sigmas=[1.0, 2.0, 3.0]), "sigmas: found 2 after 1 at index 1"),
        (dict(sigmas=[3.0, 2.0, 2.0]), "sigmas: found 2 after 2 at index 2"),
        (dict(sigmas=[3.0, 0.0, 0.0]), "sigmas: found 0 after 3 at index 1"),
        (dict(sigmas=[3.0, 1.0, -1.0]), "sigmas: found -1 after 1 at index 2"),
        (dict(sigmas=[3.0, np.nan, 1.0]), "sigmas: found nan"),
        (dict(sigmas=[np.inf, 2.0, 1.0]), "sigmas: found inf"),
        (dict(sigmas=np.ones((2, 2))), r"sigmas: found shape \(2, 2\)"),
        (dict(sigmas="many"), "sigmas: found 'many'"),
        (dict(sigmas=[3.0, [2.0, 1.0]]), "sigmas: found"),
        (dict(shape=(32, 32)), r"shape: found \(32, 32\), expected \(channels, height, width\)"),
        (dict(shape=(3, 0, 32)), "shape: found"),
        (dict(shape=(3, 32.0, 32)), "shape: found"),
        (dict(shape=32), "shape: found 32"),
        (dict(shape=(1, 1, 400), modality="waveform"), "channels, samples"),
        (dict(sampler="dpm"), "sampler: found 'dpm', expected 'euler' or 'heun' or 'ancestral'"),
        (dict(modality="video"), "modality: found 'video'"),
        (dict(storage="bfloat16"), "storage: found 'bfloat16'"),
        (dict(seed=-1), "seed: found -1"),
        (dict(seed=1.5), "seed: found 1.5"),
        (dict(out="/nowhere/at/all/run"), "/nowhere/at/all/run: cannot be written"),
        (dict(out="/tmp"), "/tmp: cannot be written"),
        (dict(denoise=wrong_shape), r"denoise gives float32 of shape \(3, 32, 32\)"),
        (dict(denoise=wrong_size), r"of shape \(1, 3, 32, 31\), expected real numbers of shape"),
        (dict(denoise=lambda x, s: torch.fft.fft2(x)), "denoise gives complex64"),
        (dict(denoise=lambda x, s: None), "denoise gives a NoneType"),
        (dict(denoise=unwell), "denoise gives NaN or infinity at sigma"),
        (dict(denoise=unwell, sampler="heun"), "denoise gives NaN or infinity at sigma"),
    ],
)
def test_bad_input_is_one_line(changes, message):
    with pytest.raises(InputError, match=message) as caught:
        run(**changes)
    assert "\n" not in str(caught.value) and "expected" in str(caught.value)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_run_cut_short_leaves_nothing(tmp_path, monkeypatch, error):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where what is larger than a few megabytes goes
    monkeypatch.setattr(tempfile, "tempdir", None)
    looks = []

    def stops(x, sigma):
        looks.append(sigma)
        if len(looks) == 7:
            raise error
        return x / (1 + sigma**2)

    with pytest.raises(error):
        run(stops, shape=(3, 512, 512), out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
