import io
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import (
    CMStochasticIterativeScheduler,
    DDIMParallelScheduler,
    DDIMPipeline,
    DDIMScheduler,
    DDPMPipeline,
    DPMSolverMultistepScheduler,
    DPMSolverSDEScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    ScoreSdeVeScheduler,
    TCDScheduler,
    VQDiffusionScheduler,
)
from rich.console import Console
from safetensors.torch import load_file
from tiny_models import PREDICTION_TYPES, Oracle, ddim, ddpm, save_tiny_model, tiny_network, wiener

from spectral import exact_explained, explained_fraction, octave_bands, radial_frequency
from spectral.errors import InputError
from spectral.recording import progress
from spectral.recording.record import bridge, record
from spectral.signal.band_pass import band_masks

SIZE = 16
COSINE = dict(beta_schedule="squaredcos_cap_v2", clip_sample=False)


@pytest.fixture(scope="module")
def network():
    return tiny_network()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def broken(model, tmp_path):
    """A copy of the model, to break."""
    return shutil.copytree(model, tmp_path / "broken")


# ---------------------------------------------------------------- free runs against diffusers itself


def sampled_by_diffusers(pipeline, steps, seed, **step_options):
    """diffusers' own loop, without the pipeline's clamping to [0, 1] at the end."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((1, 3, SIZE, SIZE), generator=generator)
    pipeline.scheduler.set_timesteps(steps)
    path, estimates = [], []
    with torch.no_grad():
        for t in pipeline.scheduler.timesteps:
            output = pipeline.unet(x, t).sample
            path.append(x)
            stepped = pipeline.scheduler.step(output, t, x, generator=generator, **step_options)
            x = stepped.prev_sample
            estimates.append(stepped.pred_original_sample)
    return torch.cat(path).numpy(), torch.cat(estimates).numpy(), x[0].numpy()


def close(ours, theirs):
    """Equal but for float32 rounding, which 20 steps through a network carry on."""
    np.testing.assert_allclose(ours, theirs, atol=3e-5 * abs(theirs).max())


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("clip_sample", [False, True])
def test_ddim_is_diffusers_ddim(network, prediction_type, eta, clip_sample):
    pipeline = ddim(network, prediction_type=prediction_type, clip_sample=clip_sample)
    run = record(pipeline, steps=20, seed=3, eta=eta)
    path, estimates, sample = sampled_by_diffusers(pipeline, 20, 3, eta=eta)
    if clip_sample and prediction_type == "epsilon":  # its float32 x_0 is off by 1e-4 where alpha is small
        np.testing.assert_allclose(run.sample, sample, atol=1e-3)
        return
    close(run.x_t, path)
    close(run.sample, sample)
    close(run.denoised.clip(-1, 1) if clip_sample else run.denoised, estimates)


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("steps", [20, 30])  # 30 does not divide the 1000 training timesteps
@pytest.mark.parametrize("limits", [{"clip_sample": False}, {"clip_sample": True}, {"thresholding": True}])
def test_ddpm_at_eta_1_is_diffusers_ddpm(network, prediction_type, steps, limits):
    pipeline = ddpm(network, prediction_type=prediction_type, **limits)
    run = record(pipeline, steps=steps, seed=3, eta=1)
    path, _, sample = sampled_by_diffusers(pipeline, steps, 3)
    close(run.x_t, path)
    close(run.sample, sample)


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_ddim_is_what_the_pipeline_returns(network, eta):
    pipeline = ddim(network, prediction_type="v_prediction")
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(5)
    image = pipeline(generator=generator, eta=eta, num_inference_steps=10, output_type="np").images[0]
    run = record(pipeline, steps=10, seed=5, eta=eta)
    close((run.sample.transpose(1, 2, 0) / 2 + 0.5).clip(0, 1), image)


def test_ddim_that_does_not_end_at_alpha_1(network):
    pipeline = ddim(network, prediction_type="sample", set_alpha_to_one=False)
    for steps in (10, 1000):
        run = record(pipeline, steps=steps, seed=5, eta=1.0, height=2, width=2)
        assert np.isfinite(run.sample).all()
    run = record(pipeline, steps=10, seed=5)
    close(run.sample, sampled_by_diffusers(pipeline, 10, 5)[2])


def test_the_estimate_is_kept_unclipped_and_the_file_says_so():
    oracle = Oracle(lambda x, a, s: x * 0 + 3, channels=3, size=SIZE, prediction_type="v_prediction")
    run = record(ddim(oracle, prediction_type="v_prediction", clip_sample_range=2.0), steps=4, seed=0)
    np.testing.assert_allclose(run.denoised, 3, rtol=1e-5)
    np.testing.assert_allclose(run.sample, 2, rtol=1e-5)
    assert run.scheduler_config["clip_sample"] is True
    assert run.scheduler_config["timestep_spacing"] == "trailing"


# ---------------------------------------------------------------- free runs against the closed form


def falling_spectrum():
    """Power f^-2 about a variance of 1, DC as at the lowest frequency."""
    freq = np.maximum(radial_frequency((SIZE, SIZE)), 1 / SIZE)
    return freq**-2 / (freq**-2).mean()


def gaussian_pictures(power, count, seed):
    noise = np.random.default_rng(seed).standard_normal((count, *power.shape))
    return np.fft.ifft2(np.fft.fft2(noise) * np.sqrt(power)).real


def wiener_pipeline(power, channels, make=ddpm, prediction_type="v_prediction"):
    oracle = Oracle(wiener(power), channels=channels, size=SIZE, prediction_type=prediction_type, **COSINE)
    return make(oracle, prediction_type=prediction_type, **COSINE)


def z_scores(errors, expected):
    """How many standard deviations the summed |error|^2 of each band lies off its expectation.

    errors: (steps, fields, *grid) transforms, expected: (steps, *grid) their mean square. Each field and
    frequency adds a variance of 2 expected^2 (two halves of a conjugate pair are one and the same number).
    """
    fields = errors.shape[1]
    scores = []
    for mask in band_masks((SIZE, SIZE), octave_bands((SIZE, SIZE))):
        found = (abs(errors[..., mask]) ** 2).sum(axis=(1, 2))
        mean = fields * expected[:, mask].sum(axis=1)
        scores.append((found - mean) / np.sqrt(2 * fields * (expected[:, mask] ** 2).sum(axis=1)))
    return np.array(scores)


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
def test_a_deterministic_run_of_the_wiener_denoiser_is_the_exact_recursion(prediction_type):
    power = falling_spectrum()
    run = record(wiener_pipeline(power, 2, ddim, prediction_type), steps=25, seed=1)
    denoised, sample = np.fft.fft2(run.denoised), np.fft.fft2(run.sample)
    explained = 1 - abs(denoised - sample) ** 2 / abs(sample) ** 2  # of every single coefficient
    expected = exact_explained(power.ravel(), run.alpha, run.sigma, eta=0.0).reshape(25, 1, SIZE, SIZE)
    tolerance = 5e-3 if prediction_type == "epsilon" else 1e-4  # float32 noise divided by alpha
    np.testing.assert_allclose(explained, np.broadcast_to(expected, explained.shape), atol=tolerance)


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_a_stochastic_run_of_the_wiener_denoiser_is_the_exact_recursion(eta):
    power = falling_spectrum()
    run = record(wiener_pipeline(power, 256), steps=25, seed=2, eta=eta)
    errors = np.fft.fft2(run.denoised - run.sample) / SIZE
    spread = (abs(np.fft.fft2(run.sample) / SIZE) ** 2).mean(axis=0)
    expected = 1 - exact_explained(power.ravel(), run.alpha, run.sigma, eta=eta).reshape(25, SIZE, SIZE)
    # of the sample's power nothing is known but what came out, to 2 / sqrt(2 * 256): so by bands, to 5 sigma
    scores = z_scores(errors[:-1], expected[:-1] * spread)
    assert abs(scores).max() < 5


# ---------------------------------------------------------------- bridges


@pytest.fixture(scope="module")
def gaussian_bridge():
    """A bridge of 256 independent Gaussian pictures (as channels) under their ideal denoiser."""
    power = falling_spectrum()
    pictures = gaussian_pictures(power, 256, seed=4)
    pipeline = wiener_pipeline(power, 256)
    return bridge(pipeline, pictures, steps=20, seed=5), pictures, power, pipeline.unet


def test_a_bridge_ends_in_the_given_picture_exactly(gaussian_bridge):
    run, pictures, _, _ = gaussian_bridge
    np.testing.assert_array_equal(run.sample, pictures.astype(np.float32))
    assert (run.origin, run.stochastic, run.eta) == ("bridge", True, 1.0)


def test_explained_fraction_of_a_bridge(gaussian_bridge):
    run, _, power, _ = gaussian_bridge
    q = run.snr[:, None, None] * power
    unexplained = power * (1 - explained_fraction(q, stochastic=True))
    scores = z_scores(np.fft.fft2(run.denoised - run.sample) / SIZE, unexplained)
    assert abs(scores).max() < 5
    assert scores.std() > 0.5  # and no closer than chance allows


def test_marginals_of_a_bridge(gaussian_bridge):
    run, pictures, power, _ = gaussian_bridge
    scale = np.sqrt(pictures.size)
    for i in range(run.n_steps):
        residual = run.x_t[i] - run.alpha[i] * pictures
        assert abs(residual.mean()) < 5 * run.sigma[i] / scale
        assert abs(residual.var() / run.sigma[i] ** 2 - 1) < 5 * np.sqrt(2) / scale
        assert abs((residual * pictures).mean()) < 5 * run.sigma[i] * pictures.std() / scale
    marginal = run.alpha[:, None, None] ** 2 * power + run.sigma[:, None, None] ** 2
    assert abs(z_scores(np.fft.fft2(run.x_t) / SIZE, marginal)).max() < 5


def test_covariance_along_a_bridge_is_the_noising_chains(gaussian_bridge):
    run, pictures, _, _ = gaussian_bridge
    residual = (run.x_t - run.alpha[:, None, None, None] * pictures).reshape(run.n_steps, -1)
    found = residual @ residual.T / residual.shape[1]
    # forwards, x_t = (alpha_t / alpha_s) x_s + fresh noise: so the two share alpha_t / alpha_s sigma_s^2
    noisy, clean = np.tril_indices(run.n_steps)[::-1]  # noisy <= clean in steps
    expected = run.alpha[noisy] / run.alpha[clean] * run.sigma[clean] ** 2
    variances = run.sigma[noisy] ** 2 * run.sigma[clean] ** 2
    spread = np.sqrt((variances + expected**2) / residual.shape[1])
    assert (abs(found[noisy, clean] - expected) < 5 * spread).all()


def test_a_bridge_starts_in_noise_however_small_alpha():
    picture = np.full((1, 64, 64), 0.9)
    oracle = Oracle(lambda x, a, s: x * 0, channels=1, size=64, prediction_type="v_prediction", **COSINE)
    run = bridge(ddpm(oracle, prediction_type="v_prediction", **COSINE), picture, steps=50, seed=0)
    assert run.alpha[0] < 1e-4
    assert abs(run.x_t[0].std() - 1) < 5 / np.sqrt(2 * picture.size)
    np.testing.assert_allclose(run.alpha**2 + run.sigma**2, 1, rtol=1e-12)


def test_the_network_is_shown_x_t_and_the_timestep_only(gaussian_bridge):
    run, _, _, oracle = gaussian_bridge
    assert len(oracle.calls) == run.n_steps
    for i, (args, kwargs) in enumerate(oracle.calls):
        assert kwargs == {} and len(args) == 2
        assert torch.equal(args[0], torch.from_numpy(run.x_t[i].copy())[None])
        assert int(args[1]) == run.timestep[i]


def test_what_is_recorded_is_what_the_network_saw_and_said(network):
    pipeline = ddpm(network, prediction_type="sample", clip_sample=False)
    picture = np.random.default_rng(0).uniform(-1, 1, (3, SIZE, SIZE))
    for run in (record(pipeline, steps=5, seed=1, eta=0.5), bridge(pipeline, picture, steps=5, seed=1)):
        with torch.no_grad():
            said = [
                network(torch.from_numpy(x.copy())[None], torch.tensor(t)).sample[0].numpy()
                for x, t in zip(run.x_t, run.timestep, strict=True)
            ]
        np.testing.assert_allclose(run.denoised, said, rtol=1e-6, atol=1e-6)


# ---------------------------------------------------------------- under other schedulers


def under(network, scheduler):
    return SimpleNamespace(unet=network, scheduler=scheduler)


OTHERS = [
    (EulerDiscreteScheduler, {"prediction_type": "v_prediction"}),
    (EulerAncestralDiscreteScheduler, {"prediction_type": "v_prediction"}),
    (HeunDiscreteScheduler, {"prediction_type": "sample"}),
    (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    (DPMSolverSDEScheduler, {"prediction_type": "v_prediction"}),
    (PNDMScheduler, {}),
    (DDIMParallelScheduler, {}),
    (FlowMatchEulerDiscreteScheduler, {"shift": 3.0}),
    (CMStochasticIterativeScheduler, {}),
]


@pytest.mark.filterwarnings("ignore")  # numpy's and diffusers' deprecations
@pytest.mark.parametrize(("scheduler_class", "config"), OTHERS)
def test_other_schedulers_are_watched_and_left_alone(network, scheduler_class, config, tmp_path):
    scheduler = scheduler_class(**config)
    before = {name: repr(value) for name, value in vars(scheduler).items()}
    run = record(under(network, scheduler), steps=6, seed=3)
    assert {name: repr(value) for name, value in vars(scheduler).items()} == before
    assert (run.n_steps, run.seed, run.scheduler) == (6, 3, scheduler_class.__name__)
    run.save(tmp_path / "a")
    record(under(network, scheduler), steps=6, seed=3).save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    noise = torch.randn((1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(3))
    scale = np.hypot(run.alpha[0], run.sigma[0])  # what the network sees has unit variance at the start
    np.testing.assert_allclose(run.x_t[0] / scale, noise[0], rtol=2e-2, atol=1e-3)


def test_ddim_watched_is_ddim_driven(network):
    """Two ways to the same path: diffusers' own steps, and ours."""
    config = dict(timestep_spacing="trailing", prediction_type="v_prediction", clip_sample=False)
    for eta in (0.0, 0.5):
        watched = record(under(network, DDIMParallelScheduler(**config)), steps=10, seed=3, eta=eta)
        driven = record(under(network, DDIMScheduler(**config)), steps=10, seed=3, eta=eta)
        for name in ("x_t", "denoised", "sample"):
            close(getattr(watched, name), getattr(driven, name))
        for name in ("alpha", "sigma", "timestep"):
            np.testing.assert_allclose(getattr(watched, name), getattr(driven, name), rtol=1e-12)
        assert (watched.eta, watched.stochastic) == (driven.eta, driven.stochastic)


@pytest.mark.filterwarnings("ignore")
def test_options_that_a_scheduler_does_not_take(network):
    with pytest.raises(InputError, match=r"eta: found 0.5, expected 0 for a EulerDiscreteScheduler"):
        record(under(network, EulerDiscreteScheduler()), steps=3, seed=0, eta=0.5)
    assert record(under(network, TCDScheduler()), steps=3, seed=0, eta=0.5).stochastic
    with pytest.raises(InputError, match="steps: found 60, which the scheduler refuses"):
        record(under(network, LCMScheduler()), steps=60, seed=0)
    with pytest.raises(InputError, match="ScoreSdeVeScheduler needs a loop of its own, expected a Recorder"):
        record(under(network, ScoreSdeVeScheduler()), steps=3, seed=0)


@pytest.mark.filterwarnings("ignore")
def test_a_folder_with_another_scheduler(network, tmp_path):
    DDPMPipeline(unet=network, scheduler=EulerDiscreteScheduler()).save_pretrained(tmp_path / "euler")
    run = record(tmp_path / "euler", steps=3, seed=0)
    assert (run.model, run.scheduler, run.stochastic) == ("euler", "EulerDiscreteScheduler", False)


# ---------------------------------------------------------------- models and sizes


def test_a_folder_is_loaded_as_float32_by_its_name(model):
    weights = load_file(model / "unet" / "diffusion_pytorch_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    run = record(model, steps=4, seed=0)
    same = DDPMPipeline.from_pretrained(model)
    same.unet.float()
    close(run.sample, record(same, steps=4, seed=0).sample)
    assert (run.model, run.scheduler, run.seed, run.eta) == ("tiny", "DDPMScheduler", 0, 0.0)
    assert (run.origin, run.stochastic, run.modality) == ("free", False, "image")
    assert run.versions["diffusers"].startswith("0.")
    assert record(str(model), steps=4, seed=0, eta=1).stochastic


def test_a_ddim_folder(network, tmp_path):
    ddim(network).save_pretrained(tmp_path / "ddim")
    assert record(tmp_path / "ddim", steps=4, seed=0).scheduler == "DDIMScheduler"


def test_the_same_seed_gives_the_same_file(model, tmp_path):
    picture = np.zeros((3, 16, 16))
    runs = {
        "free": lambda seed: record(model, steps=4, seed=seed, eta=1),
        "bridge": lambda seed: bridge(model, picture, steps=4, seed=seed),
    }
    for name, run in runs.items():
        for copy, seed in (("a", 3), ("b", 3), ("c", 4)):
            run(seed).save(tmp_path / copy)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes(), name
        assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes(), name


def test_other_sizes(model):
    assert record(model, steps=2, seed=0).sample.shape == (3, 16, 16)
    assert record(model, steps=2, seed=0, height=24, width=40).sample.shape == (3, 24, 40)
    assert record(model, steps=2, seed=0, width=4).x_t.shape == (2, 3, 16, 4)
    assert bridge(model, np.zeros((3, 32, 18)), steps=2, seed=0).signal_shape == (32, 18)
    with pytest.raises(InputError, match="31 high and 16 wide, expected both divisible by 2"):
        bridge(model, np.zeros((3, 31, 16)), steps=2, seed=0)
    with pytest.raises(InputError, match="divisible by 2"):
        record(model, steps=2, seed=0, width=17)


def test_a_network_in_training_is_run_without_dropout_and_left_in_training(model):
    network = tiny_network(dropout=0.5).train()
    runs = [record(ddpm(network), steps=3, seed=0) for _ in range(2)]
    np.testing.assert_array_equal(runs[0].sample, runs[1].sample)
    assert network.training


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("steps", 0),
        ("steps", -1),
        ("steps", 1),
        ("steps", 2.5),
        ("steps", True),
        ("steps", "10"),
        ("steps", None),
        ("steps", 1001),
        ("seed", -1),
        ("seed", 0.5),
        ("seed", None),
        ("seed", 2**64),
        ("eta", -0.1),
        ("eta", 1.1),
        ("eta", float("nan")),
        ("eta", "1"),
        ("height", 0),
        ("width", -16),
    ],
)
def test_options_out_of_range(network, option, value):
    options = {"steps": 5, "seed": 0} | {option: value}
    with pytest.raises(InputError, match=rf"^{option}: found .*{value}.*expected") as caught:
        record(ddpm(network), **options)
    assert "\n" not in str(caught.value)
    if option in ("steps", "seed"):
        with pytest.raises(InputError, match=rf"^{option}: found "):
            bridge(ddpm(network), np.zeros((3, 16, 16)), **options)


def test_numpy_integers_are_whole_numbers_too(network):
    assert record(ddpm(network), steps=np.int64(2), seed=np.uint8(3)).seed == 3


@pytest.mark.parametrize(
    ("signal", "message"),
    [
        (np.zeros((16, 16)), r"shape \(16, 16\), expected \(3, height, width\)"),
        (np.zeros((1, 16, 16)), r"expected \(3, height, width\)"),
        (np.zeros((3, 16, 16), np.uint8), "uint8, expected floats"),
        (np.full((3, 16, 16), np.nan), "NaN"),
        (np.zeros((3, 0, 16)), "expected a whole number, 1 or more"),
    ],
)
def test_signals_that_are_no_pictures(network, signal, message):
    with pytest.raises(InputError, match=message):
        bridge(ddpm(network), signal, steps=2, seed=0)


def test_pipelines_that_cannot_be_recorded(network):
    discrete = SimpleNamespace(unet=network, scheduler=VQDiffusionScheduler(num_vec_classes=8))
    with pytest.raises(InputError, match=r"VQDiffusionScheduler, expected one of DDPMScheduler, .*Euler"):
        record(discrete, steps=2, seed=0)
    latent = SimpleNamespace(
        unet=network, scheduler=DDIMScheduler(), components={"unet", "scheduler", "vqvae"}
    )
    with pytest.raises(InputError, match="vqvae"):
        record(latent, steps=2, seed=0)
    with pytest.raises(InputError, match="expected a diffusers pipeline"):
        record(object(), steps=2, seed=0)
    with pytest.raises(InputError, match="class_labels should be provided"):
        record(ddpm(tiny_network(num_class_embeds=4)), steps=2, seed=0)
    with pytest.raises(InputError, match="6 channels for 3"):
        record(ddpm(tiny_network(out_channels=6)), steps=2, seed=0)


def refusal(folder, capfd):
    with pytest.raises(InputError) as caught:
        record(folder, steps=2, seed=0)
    line = str(caught.value)
    assert line.startswith(str(folder)) and "\n" not in line
    assert capfd.readouterr() == ("", "")  # the libraries say nothing of their own
    return line


def test_folders_that_are_no_models(tmp_path, broken, capfd):
    assert "no such folder" in refusal(tmp_path / "missing", capfd)
    (tmp_path / "file").touch()
    assert "not a folder" in refusal(tmp_path / "file", capfd)
    (tmp_path / "empty").mkdir()
    assert "has no model_index.json" in refusal(tmp_path / "empty", capfd)
    (broken / "unet" / "config.json").unlink()
    assert "has no unet/config.json" in refusal(broken, capfd)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("_class_name", "StableDiffusionPipeline"),
        ("_class_name", ["custom", "DDPMPipeline"]),
        ("unet", ["custom", "UNet2DModel"]),
        ("unet", None),
        ("scheduler", ["os", "system"]),
        ("scheduler", 3),
        ("scheduler", ["diffusers", "NoSuchScheduler"]),
        ("scheduler", ["diffusers", "DDIMInverseScheduler"]),
    ],
)
def test_indexes_that_call_for_something_else(broken, capfd, key, value):
    index = broken / "model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {key: value}))
    with pytest.raises(InputError, match=r"expected|cannot load"):
        record(broken, steps=2, seed=0)


def test_damaged_models(broken, capfd):
    weights = broken / "unet" / "diffusion_pytorch_model.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[: len(data) // 2])
    assert "cannot load" in refusal(broken, capfd)
    weights.rename(weights.with_suffix(".bin"))  # a pickle's place
    assert "no weights in safetensors" in refusal(broken, capfd)
    (broken / "model_index.json").write_text("{")
    assert "expected the index" in refusal(broken, capfd)


def test_a_network_that_gives_nan_is_noticed():
    oracle = Oracle(lambda x, a, s: x * np.nan, channels=3, size=16, prediction_type="sample")
    with pytest.raises(InputError, match="gives NaN or infinity at timestep 999"):
        record(ddim(oracle, prediction_type="sample"), steps=2, seed=0)


def test_a_progress_bar_on_a_terminal_only(network, capfd, monkeypatch):
    record(ddpm(network), steps=2, seed=0)
    assert capfd.readouterr() == ("", "")
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True))
    record(ddpm(network), steps=2, seed=0)
    assert "sampling" in screen.getvalue()
    bridge(ddpm(network), np.zeros((3, 16, 16)), steps=2, seed=0)
    assert "bridging" in screen.getvalue()
    before = screen.getvalue()
    record(ddpm(network), steps=2, seed=0, progress=False)
    assert screen.getvalue() == before


def test_the_public_names_are_these():
    import spectral

    assert spectral.record is record and spectral.bridge is bridge


def test_a_ddim_pipeline_turns_a_ddpm_scheduler_into_its_own(network):
    pipeline = DDIMPipeline(unet=network, scheduler=ddpm(network).scheduler)
    assert record(pipeline, steps=2, seed=0).scheduler == "DDIMScheduler"
