import inspect
import io

import diffusers
import numpy as np
import pytest
import torch
from rich.console import Console
from tiny_pipelines import LATENT, OPTIONS, PIPELINES, signal_shape, tiny_pipeline

from spectral import InputError, Trajectory, signal_kind
from spectral.recording import progress
from spectral.recording.record import record, record_batch

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecations of diffusers and of what it stands on

STEPS = {"pndm": 12}  # its Runge-Kutta start takes that many
OWN_CALL = [name for name in PIPELINES if name not in ("ddpm", "ddim")]  # those two go by other timesteps


def made(name, **options):
    return record(
        tiny_pipeline(name), **{"steps": STEPS.get(name, 5), "seed": 3, **OPTIONS.get(name, {}), **options}
    )


def called(name, seed=3, **options):
    """What the pipeline itself gives, and nobody watches."""
    pipeline = tiny_pipeline(name)
    options = OPTIONS.get(name, {}) | options
    if "class_label" in options:
        options["class_labels"] = [options.pop("class_label")]
    takes = inspect.signature(pipeline.__call__).parameters
    if "output_type" in takes:
        options["output_type"] = options.get("output_type", "np")
    generator = torch.Generator().manual_seed(seed)
    return pipeline(num_inference_steps=STEPS.get(name, 5), generator=generator, return_dict=True, **options)


# ---------------------------------------------------------------- what is recorded is what the pipeline does


@pytest.mark.parametrize("name", OWN_CALL)
def test_recording_changes_nothing(name):
    run = made(name)
    assert run.sample.shape == signal_shape(name)
    assert (run.n_steps, run.seed, run.origin) == (STEPS.get(name, 5), 3, "free")
    if name in ("audioldm2", "stable_audio"):
        found, expected = made(name, space="latent").sample, called(name, output_type="latent").audios[0]
    elif name == "dance_diffusion":
        found, expected = run.sample.clip(-1, 1), called(name).audios[0]
    else:
        picture = run.sample.transpose(1, 2, 0)
        found = (picture if name == "score_sde" else picture / 2 + 0.5).clip(0, 1)
        expected = called(name, **({"use_resolution_binning": False} if name == "pixart" else {})).images[0]
    # these three multiply by 1 / scaling_factor where the others divide
    tolerance = 1e-6 if name in ("dit", "ldm", "ldm_text") else 0
    np.testing.assert_allclose(found, np.asarray(expected), rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", PIPELINES)
def test_the_last_estimate_is_the_sample_but_for_the_last_steps_noise(name):
    space = "latent" if name in LATENT else "signal"
    run = made(name, space=space)
    away = np.sqrt(((run.denoised[-1] - run.sample) ** 2).mean())
    multistep = {"PNDMScheduler", "IPNDMScheduler"}  # mix in what the network said before
    stochastic = {"CMStochasticIterativeScheduler", "ScoreSdeVeScheduler"}
    if run.scheduler in multistep | stochastic:
        scale = np.sqrt(((run.x_t[-1] - run.alpha[-1] * run.denoised[-1]) ** 2).mean())
        assert away < 2 * scale
    else:
        np.testing.assert_allclose(run.sample, run.denoised[-1], atol=2e-5 * abs(run.sample).max())


@pytest.mark.parametrize("name", LATENT)
def test_decoded_runs_are_the_latents_runs_decoded(name):
    pipeline = tiny_pipeline(name)
    latent, run = made(name, space="latent"), made(name)
    assert (latent.space, run.space) == ("latent", "decoded")
    for field in ("alpha", "sigma", "timestep"):
        np.testing.assert_array_equal(getattr(run, field), getattr(latent, field))
    vae = getattr(pipeline, "vae", None) or pipeline.vqvae
    scale = getattr(vae.config, "scaling_factor", 1.0)
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    noisy = latent.x_t / np.hypot(latent.alpha, latent.sigma).reshape(-1, *[1] * latent.sample.ndim)
    for found, latents in (
        (run.denoised, latent.denoised),
        (run.sample[None], latent.sample[None]),
        (run.x_t, noisy),
    ):
        with torch.no_grad():
            expected = vae.decode(torch.tensor(latents, dtype=torch.float32) / scale + shift).sample.numpy()
        if name == "audioldm2":  # time goes down there
            expected = expected.swapaxes(-1, -2)
        np.testing.assert_allclose(found, expected, atol=1e-5 * abs(expected).max())


def test_sounds_say_what_they_are():
    run = made("stable_audio")
    assert (run.modality, run.sample_rate, run.mel) == ("waveform", 4000, None)
    short = made("stable_audio", audio_length_in_s=0.1)
    assert short.sample.shape == (2, 400)
    np.testing.assert_array_equal(short.x_t.shape, (5, 2, 400))
    run = made("audioldm2")
    assert (run.modality, run.sample_rate) == ("mel", 16000)
    assert run.mel == {"sr": 16000, "hop_length": 16, "n_mels": 8}
    assert made("audioldm2", audio_length_in_s=0.016).signal_shape == (8, 16)
    run = made("dance_diffusion")
    assert (run.modality, run.sample_rate, run.space) == ("waveform", 4000, "signal")
    assert made("dance_diffusion", audio_length_in_s=0.05).sample.shape == (2, 200)
    assert made("stable_audio", space="latent").sample_rate is None


@pytest.mark.parametrize("name", [name for name in PIPELINES if name not in ("ldm_text", "flux")])
def test_what_a_pipeline_makes_can_be_told_before(name):
    kind, run = signal_kind(tiny_pipeline(name)), made(name, steps=STEPS.get(name, 2))
    assert (kind.modality, kind.shape, kind.sample_rate) == (run.modality, run.sample.shape, run.sample_rate)
    assert kind.mel == run.mel


def test_sizes_of_those_that_were_asked_for_other_ones():
    assert signal_kind(tiny_pipeline("ldm_text")).shape == (3, 64, 64)
    assert signal_kind(tiny_pipeline("flux")).shape == (3, 256, 256)


def test_the_record_says_what_was_asked_for():
    options = {"negative_prompt": "rain", "guidance_scale": 3.0, "seed": 7}
    run = made("stable_diffusion", **options)
    assert (run.prompt, run.negative_prompt, run.guidance, run.seed) == ("a lighthouse", "rain", 3.0, 7)
    assert (run.scheduler, run.model) == ("PNDMScheduler", "StableDiffusionPipeline")
    assert abs(run.sample - made("stable_diffusion", seed=7).sample).max() > 0
    run = made("dit")
    assert (run.class_label, run.guidance, run.prompt) == (3, 4.0, None)
    assert abs(run.sample - made("dit", class_label=4).sample).max() > 0
    assert (made("ddpm").space, made("consistency").class_label) == ("signal", 3)


@pytest.mark.parametrize("name", ["ddpm", "dit", "stable_diffusion", "flux", "stable_audio"])
def test_each_of_a_batch_is_the_run_of_its_own_seed(name):
    alone = [made(name, seed=seed) for seed in (3, 4)]
    options = {"steps": 5, "seed": 3, "batch": 2, **OPTIONS.get(name, {})}
    runs = record_batch(tiny_pipeline(name), **options)
    assert [run.seed for run in runs] == [3, 4]
    for run, one in zip(runs, alone, strict=True):
        scale = abs(one.x_t).max()
        np.testing.assert_allclose(run.x_t, one.x_t, atol=1e-4 * scale)
        np.testing.assert_allclose(run.sample, one.sample, atol=1e-4 * scale)
    second = record(tiny_pipeline(name), **options, index=1)
    np.testing.assert_array_equal(second.sample, runs[1].sample)
    assert second.seed == 4


# ---------------------------------------------------------------- schedulers by name


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [
        ("ddpm", "EulerDiscreteScheduler"),
        ("ddpm", "DDIMScheduler"),
        ("stable_diffusion", "DPMSolverMultistepScheduler"),
        ("stable_diffusion", "DPMSolverSDEScheduler"),
        ("stable_diffusion", "LCMScheduler"),
        ("stable_diffusion_3", "FlowMatchHeunDiscreteScheduler"),
        ("stable_diffusion_3", "UniPCMultistepScheduler"),
    ],
)
def test_another_scheduler(name, scheduler):
    pipeline = tiny_pipeline(name)
    own, space = pipeline.scheduler, "latent" if name in LATENT else "signal"
    run = made(name, scheduler=scheduler, space=space)
    assert (run.scheduler, run.n_steps) == (scheduler, 5)
    assert pipeline.scheduler is own
    np.testing.assert_array_equal(run.sample, made(name, scheduler=scheduler, space=space).sample)


def test_schedulers_for_other_networks():
    with pytest.raises(
        InputError, match=r"'DDIMScheduler', for networks trained in another way.*FlowMatchHeun"
    ):
        made("flux", scheduler="DDIMScheduler")
    with pytest.raises(InputError, match="trained in another way, expected one of DDPMScheduler, DDPMPar"):
        made("ddpm", scheduler="FlowMatchEulerDiscreteScheduler")
    with pytest.raises(InputError, match="'Euler', none that is known, expected one of DDPMScheduler"):
        made("stable_diffusion", scheduler="Euler")
    with pytest.raises(InputError, match=r"expected one of CosineDPMSolverMultistepScheduler$"):
        made("stable_audio", scheduler="EDMEulerScheduler")


# ---------------------------------------------------------------- options that are refused


@pytest.mark.parametrize(
    ("name", "option", "value", "message"),
    [
        ("ddpm", "prompt", "a hat", "prompt: found 'a hat', expected none"),
        ("ddpm", "class_label", 1, "class_label: found 1, expected none"),
        ("ddpm", "space", "latent", "expected 'signal' for a model without an autoencoder"),
        ("ddpm", "audio_length_in_s", 1.0, "expected none for a picture"),
        ("ddpm", "space", "pixels", "'pixels', expected 'signal' or 'latent'"),
        ("ddpm", "batch", 0, "batch: found 0"),
        ("ddpm", "index", 1, "index: found 1, expected 0 to 0"),
        ("score_sde", "prompt", "a hat", "expected none for a ScoreSdeVePipeline"),
        ("score_sde", "eta", 1.0, "eta: found 1.0, expected 0 for a ScoreSdeVePipeline"),
        ("dance_diffusion", "height", 8, "height: found 8, expected none for a waveform"),
        (
            "dance_diffusion",
            "audio_length_in_s",
            -1,
            "audio_length_in_s: found -1, expected a number above 0",
        ),
        ("dit", "class_label", None, "class_label is missing, expected a number from 0 to 999"),
        ("dit", "class_label", 1000, "class_label: found 1000, expected 0 to 999"),
        ("dit", "class_label", -1, "class_label: found -1"),
        ("dit", "height", 64, "height: found 64, expected none for a DiTPipeline"),
        ("consistency", "class_label", 10, "expected 0 to 9"),
        ("consistency", "class_label", None, "class_label is missing"),
        ("stable_diffusion", "prompt", None, "prompt is missing, expected a text for a StableDiffusionPipe"),
        ("stable_diffusion", "prompt", 3, "prompt: found 3, expected a text"),
        ("stable_diffusion", "height", 15, "height: found 15, expected a number divisible by 2"),
        (
            "stable_diffusion",
            "class_label",
            1,
            "class_label: found 1, expected none for a StableDiffusionPipeline",
        ),
        ("stable_diffusion", "guidance_scale", -1, "guidance_scale: found -1, expected a number above 0"),
        ("stable_diffusion", "eta", 0.5, "eta: found 0.5, expected 0 for a StableDiffusionPipeline under"),
        ("flux", "negative_prompt", "rain", "expected none for a FluxPipeline"),
        ("flux", "width", 18, "width: found 18, expected a number divisible by 4"),
        ("flux", "eta", 1.0, "eta: found 1.0, expected 0"),
        ("stable_audio", "audio_length_in_s", 100.0, "refuses to run"),
        ("stable_audio", "width", 8, "expected none for a StableAudioPipeline"),
    ],
)
def test_options_that_are_refused(name, option, value, message):
    with pytest.raises(InputError, match=message) as caught:
        made(name, **{option: value})
    assert "\n" not in str(caught.value)


def test_a_negative_prompt_needs_guidance():
    with pytest.raises(
        InputError, match=r"guidance_scale: found 1.0, expected above 1 with a negative_prompt"
    ):
        made("stable_diffusion", negative_prompt="rain", guidance_scale=1.0)


def test_what_is_no_pipeline():
    with pytest.raises(InputError, match="a object of nothing known, expected a diffusers pipeline"):
        record(object(), steps=2, seed=0)
    with pytest.raises(
        InputError, match=r"the pipeline's autoencoder is a Odd, expected .*or space 'latent'"
    ):
        odd = tiny_pipeline("dit")
        vae = odd.vae
        odd.vae = type("Odd", (type(vae),), {}).from_config(vae.config)
        try:
            record(odd, steps=2, seed=0, class_label=1)
        finally:
            odd.vae = vae


# ---------------------------------------------------------------- what is left behind


class Unkind(Exception):
    pass


@pytest.mark.parametrize("error", [None, Unkind, KeyboardInterrupt])
def test_the_pipeline_and_the_generator_are_left_as_they_were(error, tmp_path, monkeypatch):
    pipeline = tiny_pipeline("ldm")
    scheduler, state = pipeline.scheduler, dict(vars(pipeline.scheduler))
    bar, chance = pipeline.progress_bar, torch.get_rng_state()
    if error:

        def fails(*args):
            raise error

        hook = pipeline.unet.register_forward_hook(fails)
        with pytest.raises(error):
            record(pipeline, steps=3, seed=0, eta=1.0, out=tmp_path / "run")
        hook.remove()
        assert not list(tmp_path.iterdir())
    else:
        runs = [record(pipeline, steps=3, seed=0, eta=1.0) for _ in range(2)]  # draws without the generator
        np.testing.assert_array_equal(runs[0].sample, runs[1].sample)
        assert runs[0].stochastic and runs[0].eta == 1.0
    assert pipeline.scheduler is scheduler and pipeline.progress_bar == bar
    assert {key: repr(value) for key, value in vars(scheduler).items()} == {
        key: repr(value) for key, value in state.items()
    }
    assert torch.equal(torch.get_rng_state(), chance)


@pytest.mark.parametrize("name", ["ldm", "stable_diffusion", "score_sde"])
def test_one_progress_bar_on_a_terminal_only(name, capfd, monkeypatch):
    made(name)
    assert capfd.readouterr() == ("", "")
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True))
    made(name)
    shown = screen.getvalue()
    assert "sampling" in shown and ("decoding" in shown) == (name in LATENT)
    made(name, progress=False)
    assert screen.getvalue() == shown


def test_guidance_that_a_network_has_not_learnt():
    pipeline = tiny_pipeline("flux")
    config = dict(pipeline.transformer.config) | {"guidance_embeds": False}
    parts = pipeline.components | {"transformer": diffusers.FluxTransformer2DModel.from_config(config).eval()}
    fast = diffusers.FluxPipeline(**parts)
    fast.set_progress_bar_config(disable=True)
    options = {"steps": 2, "seed": 0, **OPTIONS["flux"]}
    assert record(fast, **options).guidance is None
    with pytest.raises(InputError, match=r"guidance_scale: found 2.0, expected none for a FluxPipeline"):
        record(fast, guidance_scale=2.0, **options)


def test_files(tmp_path):
    run = made("ldm", out=tmp_path / "run.safetensors")
    loaded = Trajectory.load(tmp_path / "run.safetensors")
    np.testing.assert_array_equal(run.denoised, loaded.denoised)
    np.testing.assert_array_equal(run.denoised, made("ldm").denoised)
    record_batch(tiny_pipeline("ldm"), steps=2, seed=8, batch=2, out=tmp_path / "runs")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        "seed-8.safetensors",
        "seed-9.safetensors",
    ]
    for out in (tmp_path, tmp_path / "none" / "run"):
        with pytest.raises(InputError, match="cannot be written, expected a file in a folder that is there"):
            made("ldm", out=out)


def test_precision():
    pipeline = PIPELINES["stable_diffusion"]()
    run = record(pipeline, steps=3, seed=0, prompt="a", dtype="bfloat16", space="latent")
    assert run.x_t.dtype == np.float32 and pipeline.unet.dtype == torch.bfloat16
    torch.testing.assert_close(
        torch.tensor(run.x_t).bfloat16().float(), torch.tensor(run.x_t), rtol=0, atol=0
    )
    with pytest.raises(InputError, match="dtype: found 'int8', expected one of float32, float16, bfloat16"):
        record(pipeline, steps=3, seed=0, prompt="a", dtype="int8")
    with pytest.raises(InputError, match="device: found tpu"):
        record(pipeline, steps=3, seed=0, prompt="a", device="tpu")


@pytest.mark.parametrize("name", ["ddpm", "stable_diffusion"])
def test_storage(name):
    full, half = made(name), made(name, storage="float16")
    assert (half.x_t.dtype, half.denoised.dtype, half.sample.dtype) == (np.float16, np.float16, np.float32)
    np.testing.assert_allclose(half.x_t, full.x_t, rtol=1e-2, atol=1e-2)
    with pytest.raises(InputError, match="storage: found 'int8'"):
        made(name, storage="int8")


def test_a_pipeline_that_hands_no_class_on():
    network = tiny_pipeline("consistency").unet
    pipeline = diffusers.DDPMPipeline(unet=network, scheduler=diffusers.DDPMScheduler())
    with pytest.raises(InputError, match=r"DDPMPipeline refuses to run .class_labels should be"):
        record(pipeline, steps=2, seed=0)
