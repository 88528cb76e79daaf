import contextlib
import errno
import functools
import gc
import inspect
import mmap
import os
import signal
import threading
import time
from types import SimpleNamespace

import diffusers
import numpy as np
import pytest
import torch
from scheduler_oracle import CASES, sample
from tiny_models import Oracle, ddim, ddpm, tiny_network

from spectral import InputError, Recorder, Trajectory
from spectral.recording.storage import GrowingArray

pytestmark = pytest.mark.filterwarnings("ignore")  # diffusers' deprecations

X = torch.zeros(1, 3, 4, 4)


@pytest.fixture(scope="module")
def network():
    return tiny_network(sample_size=16)


def quiet(pipeline):
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def call(pipeline, steps=6, **options):
    generator = torch.Generator().manual_seed(3)
    return pipeline(num_inference_steps=steps, generator=generator, output_type="np", **options).images


def walk(scheduler, steps=4, x=X, **options):
    """A run under a network that says nothing."""
    scheduler.set_timesteps(steps)
    for t in scheduler.timesteps:
        x = scheduler.step(torch.zeros_like(x), t, x, **options)[0]
    return x


def pipelines(network):
    make = diffusers
    yield ddim(network, prediction_type="v_prediction"), {"eta": 0.5}
    yield ddpm(network), {}
    yield make.PNDMPipeline(unet=network, scheduler=make.PNDMScheduler()), {}
    consistency = make.CMStochasticIterativeScheduler()
    yield make.ConsistencyModelPipeline(unet=network, scheduler=consistency), {}
    yield make.ScoreSdeVePipeline(unet=network, scheduler=make.ScoreSdeVeScheduler(sigma_max=20)), {}


def test_recording_a_pipeline_changes_nothing_and_keeps_its_end(network):
    for pipeline, options in pipelines(network):
        name = type(quiet(pipeline)).__name__
        plain = call(pipeline, **options)
        with Recorder(pipeline) as recorder:
            watched = call(pipeline, **options)
        np.testing.assert_array_equal(watched, plain, err_msg=name)
        run = recorder.trajectory()
        assert (run.n_steps, run.modality, run.origin) == (6, "image", "free"), name
        shown = run.sample.transpose(1, 2, 0)
        shown = shown if "Score" in name else shown / 2 + 0.5
        np.testing.assert_allclose(shown.clip(0, 1), plain[0], atol=1e-6, err_msg=name)


def test_a_class_conditional_latent_pipeline():
    """Latents as the scheduler sees them, under guidance, of every picture in the batch."""
    torch.manual_seed(0)
    transformer = diffusers.DiTTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=8,
        in_channels=4,
        out_channels=8,
        num_layers=1,
        sample_size=8,
        patch_size=2,
        num_embeds_ada_norm=1000,
        norm_num_groups=4,
    ).eval()
    vae = diffusers.AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, latent_channels=4)
    scheduler = diffusers.DPMSolverMultistepScheduler()
    pipeline = quiet(diffusers.DiTPipeline(transformer=transformer, vae=vae, scheduler=scheduler))
    plain = call(pipeline, class_labels=[1, 2], guidance_scale=4.0)
    with Recorder(pipeline) as recorder:
        watched = call(pipeline, class_labels=[1, 2], guidance_scale=4.0)
    np.testing.assert_array_equal(watched, plain)
    for index in (0, 1):
        run = recorder.trajectory(index=index)
        assert run.space == "latent"
        latents = torch.tensor(run.sample)[None] / vae.config.scaling_factor
        with torch.no_grad():
            picture = vae.decode(latents).sample[0].permute(1, 2, 0).numpy()
        np.testing.assert_allclose((picture / 2 + 0.5).clip(0, 1), plain[index], atol=1e-5)


def test_a_waveform_pipeline():
    torch.manual_seed(0)
    network = diffusers.UNet1DModel(
        sample_size=512,
        sample_rate=4000,
        block_out_channels=(32, 32, 64),
        extra_in_channels=64,
        down_block_types=("DownBlock1DNoSkip", "DownBlock1D", "AttnDownBlock1D"),
        up_block_types=("AttnUpBlock1D", "UpBlock1D", "UpBlock1DNoSkip"),
        use_timestep_embedding=False,
        time_embedding_type="fourier",
        mid_block_type="UNetMidBlock1D",
        flip_sin_to_cos=True,
    )
    pipeline = diffusers.DanceDiffusionPipeline(unet=network, scheduler=diffusers.IPNDMScheduler())
    quiet(pipeline)
    with Recorder(pipeline) as recorder:
        generator = torch.Generator().manual_seed(0)
        sound = pipeline(num_inference_steps=5, generator=generator).audios
    run = recorder.trajectory()
    assert (run.modality, run.n_steps, run.alpha[0]) == ("waveform", 5, 0)
    np.testing.assert_allclose(run.sample.clip(-1, 1)[:, : sound.shape[-1]], sound[0], atol=1e-6)


@pytest.mark.parametrize("name", ["DDIMScheduler", "EulerDiscreteScheduler", "DPMSolverMultistepScheduler"])
def test_where_the_last_step_adds_no_noise_the_sample_is_the_last_estimate(name):
    scheduler = getattr(diffusers, name)(prediction_type="sample", timestep_spacing="trailing")
    if name == "DDIMScheduler":
        scheduler.register_to_config(clip_sample=False)
    scheduler.set_timesteps(5)
    x = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with Recorder(scheduler) as recorder:
        for i, t in enumerate(scheduler.timesteps):
            scaled = scheduler.scale_model_input(x, t)
            x = scheduler.step(torch.tanh(scaled + 0.1 * i), t, x).prev_sample
    run = recorder.trajectory()
    np.testing.assert_allclose(run.sample, run.denoised[-1], atol=1e-6)


class Unkind(Exception):
    pass


def traces(folder):
    """What a recorder might leave behind: threads, open files, files with a name."""
    gc.collect()
    threads = [thread for thread in threading.enumerate() if thread.name == "recording"]
    return threads, sorted(os.listdir("/proc/self/fd")), sorted(folder.iterdir())


@pytest.mark.parametrize("error", [Unkind, KeyboardInterrupt])
def test_an_exception_inside_the_pipeline_leaves_nothing_behind(network, tmp_path, error):
    """Raised in the network, as a real Ctrl-C would be: a signal that the main thread meets."""
    pipeline = quiet(ddim(network, clip_sample=False))
    looked = 0

    def interrupted(*_):
        nonlocal looked
        looked += 1
        if looked == 4:
            if error is KeyboardInterrupt:
                signal.raise_signal(signal.SIGINT)
            raise error

    before, found = traces(tmp_path), vars(pipeline.scheduler).copy()
    hook = network.register_forward_pre_hook(interrupted)
    recorder = Recorder(pipeline, folder=tmp_path)
    try:
        with pytest.raises(error), recorder:
            call(pipeline)
    finally:
        hook.remove()
    assert looked == 4
    assert traces(tmp_path) == before
    assert set(vars(pipeline.scheduler)) - {"num_inference_steps"} == set(found) - {"num_inference_steps"}
    assert pipeline.scheduler.step.__func__ is diffusers.DDIMScheduler.step
    with pytest.raises(InputError, match=f"was ended by {error.__name__}"):
        recorder.trajectory()
    with recorder:  # and it serves again
        call(pipeline)
    assert recorder.trajectory().n_steps == 6


def test_an_interrupt_while_the_last_steps_are_written(tmp_path, monkeypatch):
    scheduler = diffusers.DDIMScheduler()
    slow = threading.Event()
    append = GrowingArray.append
    monkeypatch.setattr(GrowingArray, "append", lambda rows, row: (slow.wait(), append(rows, row)))
    before = traces(tmp_path)
    recorder = Recorder(scheduler, folder=tmp_path)
    timer = threading.Timer(0.3, lambda: (os.kill(os.getpid(), signal.SIGINT), time.sleep(0.1), slow.set()))
    with pytest.raises(KeyboardInterrupt), recorder:
        walk(scheduler)
        timer.start()
    timer.join()
    until = time.monotonic() + 10  # a thread whose `join` was interrupted cannot be joined again
    while traces(tmp_path) != before and time.monotonic() < until:
        time.sleep(0.01)
    assert traces(tmp_path) == before
    assert "step" not in vars(scheduler)
    with pytest.raises(InputError, match="was ended by KeyboardInterrupt"):
        recorder.trajectory()


@pytest.mark.parametrize("error", [None, Unkind, KeyboardInterrupt])
def test_the_scheduler_is_left_as_it_was_found(error):
    scheduler = diffusers.DDIMScheduler()
    before = set(vars(scheduler))
    recorder = Recorder(scheduler)
    with pytest.raises(error) if error else contextlib.nullcontext(), recorder:
        assert "step" in vars(scheduler)
        assert inspect.signature(scheduler.step) == inspect.signature(diffusers.DDIMScheduler().step)
        walk(scheduler)
        if error:
            raise error
    if error:
        with pytest.raises(InputError, match=f"was ended by {error.__name__}"):
            recorder.trajectory()
    else:
        assert recorder.trajectory().n_steps > 1
    assert set(vars(scheduler)) == before
    assert scheduler.step.__func__ is diffusers.DDIMScheduler.step


def test_an_error_inside_a_step_is_handed_on():
    scheduler = diffusers.EulerDiscreteScheduler()
    scheduler.set_timesteps(3)
    with pytest.raises(ValueError, match="integer indices"), Recorder(scheduler):
        scheduler.step(X, 999, X)
    with pytest.raises(TypeError, match="sample"), Recorder(scheduler):
        scheduler.step(X, scheduler.timesteps[0])
    assert "step" not in vars(scheduler)


def test_two_recorders_see_the_same():
    scheduler = diffusers.DDIMScheduler()
    with Recorder(scheduler) as outer:
        with Recorder(scheduler) as inner:
            walk(scheduler)
        assert "step" in vars(scheduler)
    assert "step" not in vars(scheduler)
    np.testing.assert_array_equal(outer.trajectory().x_t, inner.trajectory().x_t)


def test_what_a_scheduler_does_not_know_is_added():
    scheduler = diffusers.DDIMScheduler()
    with Recorder(scheduler) as recorder:
        walk(scheduler)
    run = recorder.trajectory(prompt="a lighthouse", seed=3, model="mine", index=0)
    assert (run.prompt, run.seed, run.model, run.scheduler) == ("a lighthouse", 3, "mine", "DDIMScheduler")
    with pytest.raises(InputError, match="seed: found -1"):
        recorder.trajectory(seed=-1)


def test_a_recorder_starts_afresh_in_each_block():
    scheduler = diffusers.DDIMScheduler()
    recorder = Recorder(scheduler)
    for steps in (3, 5):
        with recorder:
            walk(scheduler, steps)
            with pytest.raises(InputError, match="is still going on"):
                recorder.trajectory()
            with pytest.raises(InputError, match="watching already"), recorder:
                pass
        assert recorder.trajectory().n_steps == steps


def test_runs_that_are_none():
    scheduler = diffusers.DDIMScheduler()
    with Recorder(scheduler) as recorder:
        pass
    with pytest.raises(InputError, match="saw 0 steps"):
        recorder.trajectory()
    with recorder:
        walk(scheduler)
        walk(scheduler)
    with pytest.raises(InputError, match="single run"):
        recorder.trajectory()


def test_one_of_a_batch():
    scheduler = diffusers.DDIMScheduler(clip_sample=False)
    x = torch.randn(3, 2, 4, 4)
    with Recorder(scheduler) as recorder:
        end = walk(scheduler, x=x)
    for index in range(3):
        run = recorder.trajectory(index=index)
        np.testing.assert_array_equal(run.x_t[0], x[index])
        np.testing.assert_array_equal(run.sample, end[index])
    with pytest.raises(InputError, match="index: found 3, expected 0 to 2"):
        recorder.trajectory(index=3)


def test_all_of_a_batch_together():
    scheduler = diffusers.DDIMScheduler(clip_sample=False)
    with Recorder(scheduler) as recorder:
        walk(scheduler, x=torch.randn(3, 2, 4, 4))
    runs = recorder.trajectories()
    assert len(runs) == 3
    for index, run in enumerate(runs):
        one = recorder.trajectory(index=index)
        for name in ("x_t", "denoised", "sample", "alpha", "sigma"):
            np.testing.assert_array_equal(getattr(run, name), getattr(one, name))
    assert not np.array_equal(runs[0].x_t, runs[1].x_t)


def test_a_large_run_lies_on_disk(tmp_path):
    """Of the same values as a small one, which stays in memory, and saved to the same bytes."""
    scheduler = diffusers.DDIMScheduler(clip_sample=False)
    x = torch.randn(1, 3, 16, 16).repeat(1, 1, 16, 24)
    runs = []
    for given in (x, x[..., :16, :16]):
        with Recorder(scheduler, folder=tmp_path) as recorder:
            walk(scheduler, steps=5, x=given)
        runs.append(recorder.trajectory())
    for name in ("x_t", "denoised"):
        large, small = (getattr(run, name) for run in runs)
        assert isinstance(base(large), mmap.mmap) and not isinstance(base(small), mmap.mmap)
        np.testing.assert_array_equal(large[..., :16, :16], small)
    assert list(tmp_path.iterdir()) == []
    runs[0].save(tmp_path / "run")
    runs[0].save(tmp_path / "run")
    loaded = Trajectory.load(tmp_path / "run")
    np.testing.assert_array_equal(loaded.denoised, runs[0].denoised)


def base(array):
    while isinstance(array, np.ndarray):
        array = array.base
    return array.obj if isinstance(array, memoryview) else array


def test_storage_in_half_precision():
    scheduler = diffusers.DDIMScheduler(clip_sample=False)
    x = torch.randn(1, 3, 4, 4)
    runs = []
    for storage in ("float32", "float16"):
        with Recorder(scheduler, storage=storage) as recorder:
            walk(scheduler, x=x)
        runs.append(recorder.trajectory())
    for name in ("x_t", "denoised"):
        full, half = (getattr(run, name) for run in runs)
        assert half.dtype == np.float16
        np.testing.assert_allclose(half, full, rtol=2**-11, atol=2**-25)
    np.testing.assert_array_equal(runs[0].sample, runs[1].sample)
    with pytest.raises(InputError, match="storage: found 'bfloat16', expected 'float32' or 'float16'"):
        Recorder(scheduler, storage="bfloat16")


def test_what_cannot_be_kept_is_said_afterwards(tmp_path, monkeypatch):
    """The run goes on to its end: a picture is worth more than its recording."""
    scheduler = diffusers.EulerDiscreteScheduler()
    with Recorder(scheduler, storage="float16") as recorder:
        end = walk(scheduler, x=torch.full((1, 3, 4, 4), 1e5))
    assert (end == 1e5).all()
    with pytest.raises(InputError, match=r"x_t reaches 100000 at step 0, expected .* float16"):
        recorder.trajectory()
    with Recorder(scheduler) as recorder:
        walk(scheduler, x=torch.full((1, 3, 4, 4), torch.nan))
    with pytest.raises(InputError, match="x_t reaches nan at step 0, expected finite"):
        recorder.trajectories()
    with Recorder(scheduler, folder=tmp_path / "none") as recorder:
        walk(scheduler, x=torch.zeros(1, 3, 1024, 1024))
    with pytest.raises(InputError, match=r"none: cannot be written \(No such file"):
        recorder.trajectory()
    with Recorder(scheduler) as recorder:
        walk(scheduler)
        walk(scheduler, x=torch.zeros(1, 3, 4, 8))
    with pytest.raises(InputError, match="single run"):
        recorder.trajectory()

    def full(rows, row):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(GrowingArray, "append", full)
    with Recorder(scheduler, folder=tmp_path) as recorder:
        walk(scheduler)
    with pytest.raises(InputError, match=r"cannot be written .No space left"):
        recorder.trajectory()


def test_what_the_step_changes_afterwards_is_not_what_is_kept(monkeypatch):
    """The thread may be late: it is given copies, and reads nothing of the scheduler that a step moves."""
    late = threading.Event()
    append = GrowingArray.append
    monkeypatch.setattr(GrowingArray, "append", lambda rows, row: (late.wait(), append(rows, row)))
    for make in (diffusers.EDMEulerScheduler, diffusers.DDIMScheduler):
        late.clear()
        scheduler = make(prediction_type="epsilon")
        scheduler.set_timesteps(3)
        x, given = torch.randn(1, 3, 4, 4), []
        with Recorder(scheduler) as recorder:
            for t in scheduler.timesteps:
                output = 0.3 * x
                given.append((x.clone(), output.clone()))
                after = scheduler.step(output, t, x)[0]
                x.zero_(), output.zero_()
                x = after
            late.set()
        run = recorder.trajectory()
        np.testing.assert_array_equal(run.x_t, torch.cat([x for x, _ in given]))
        for i, (x_t, output) in enumerate(given):
            levels = run.alpha[i], run.sigma[i]
            expected = recorder._family.estimate(scheduler, output.double(), x_t.double(), *levels)
            np.testing.assert_allclose(run.denoised[i], expected[0], rtol=1e-6)


def test_sound_is_a_waveform():
    scheduler = diffusers.IPNDMScheduler()
    with Recorder(scheduler) as recorder:
        walk(scheduler, x=torch.randn(1, 2, 64), return_dict=False)
    run = recorder.trajectory()
    assert (run.modality, run.signal_shape) == ("waveform", (64,))
    with recorder:
        walk(scheduler, x=torch.randn(1, 2, 3, 4, 5))
    with pytest.raises(InputError, match=r"\(1, 2, 3, 4, 5\), expected \(batch, channels, height"):
        recorder.trajectory()


def test_eta_is_read_from_the_call():
    for name in ("DDIMScheduler", "DDIMParallelScheduler"):
        scheduler = getattr(diffusers, name)()
        for eta in (0.0, 0.25):
            with Recorder(scheduler) as recorder:
                walk(scheduler, eta=eta)
            run = recorder.trajectory()
            assert (run.eta, run.stochastic) == (eta, eta > 0)
    euler = diffusers.EulerDiscreteScheduler()
    with Recorder(euler) as recorder:
        walk(euler, s_churn=1.0)
    assert recorder.trajectory().stochastic and recorder.trajectory().eta is None


def test_the_estimate_is_kept_unclipped_and_the_metadata_say_so():
    scheduler = diffusers.LCMScheduler(prediction_type="sample", clip_sample=True, clip_sample_range=1.0)
    scheduler.set_timesteps(4)
    with Recorder(scheduler) as recorder:
        for t in scheduler.timesteps:
            stepped = scheduler.step(torch.full_like(X, 3.0), t, X)
    run = recorder.trajectory()
    assert (run.denoised == 3).all() and stepped.prev_sample.max() < 1.1
    assert run.scheduler_config["clip_sample"] is True
    assert run.scheduler == "LCMScheduler"


def test_a_learned_variance_is_no_part_of_the_estimate():
    scheduler = diffusers.DDPMScheduler(variance_type="learned_range", prediction_type="sample")
    scheduler.set_timesteps(3)
    output = torch.cat([X + 0.5, X - 1], dim=1)
    with Recorder(scheduler) as recorder:
        for t in scheduler.timesteps:
            scheduler.step(output, t, X)
    assert (recorder.trajectory().denoised == 0.5).all()


def test_a_trajectory_with_infinity_in_its_configuration_is_kept(tmp_path):
    scheduler = diffusers.DPMSolverMultistepScheduler()
    with Recorder(scheduler) as recorder:
        walk(scheduler, x=torch.randn(1, 3, 4, 4))
    recorder.trajectory().save(tmp_path / "run")
    assert Trajectory.load(tmp_path / "run").scheduler_config["lambda_min_clipped"] == "-Infinity"


def test_half_precision():
    """What a float16 model saw and said is what is kept, and the estimate loses nothing more."""
    scheduler = diffusers.DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(3)
    x = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    with Recorder(scheduler) as recorder:
        for t in scheduler.timesteps:
            scheduler.step(0.5 * x, t, x)
    run = recorder.trajectory()
    np.testing.assert_array_equal(run.x_t[1], x[0].float())
    alpha, sigma = run.alpha[:, None, None, None], run.sigma[:, None, None, None]
    said = (0.5 * x)[0].double().numpy()
    np.testing.assert_allclose(run.denoised, (run.x_t - sigma * said) / alpha, rtol=1e-6)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "scheduler",
    [
        diffusers.VQDiffusionScheduler(num_vec_classes=8),
        diffusers.AmusedScheduler(mask_token_id=7),
        diffusers.DDIMInverseScheduler(),
        SimpleNamespace(),
    ],
    ids=lambda scheduler: type(scheduler).__name__,
)
def test_unknown_and_discrete_schedulers(scheduler):
    with pytest.raises(InputError, match=r"expected one of DDPMScheduler, .*IPNDMScheduler") as caught:
        Recorder(scheduler)
    assert str(caught.value).startswith(f"the scheduler is a {type(scheduler).__name__}")


@pytest.mark.parametrize(
    ("scheduler", "config", "message"),
    [
        (
            "EulerAncestralDiscreteScheduler",
            {"prediction_type": "sample"},
            "epsilon, v_prediction for a Euler",
        ),
        (
            "DDIMScheduler",
            {"prediction_type": "flow"},
            "'flow', expected one of epsilon, sample, v_prediction",
        ),
        ("UniPCMultistepScheduler", {"prediction_type": "flow_prediction"}, "expected use_flow_sigmas"),
        (
            "DEISMultistepScheduler",
            {"prediction_type": "v_prediction", "use_flow_sigmas": True},
            "expected 'flow_prediction'",
        ),
        ("FlowMatchEulerDiscreteScheduler", {"invert_sigmas": True}, "invert_sigmas"),
    ],
)
def test_configurations_that_mean_something_else(scheduler, config, message):
    with pytest.raises(InputError, match=message):
        Recorder(getattr(diffusers, scheduler)(**config))


def test_epsilon_where_there_is_no_signal():
    scheduler = diffusers.DDIMScheduler(rescale_betas_zero_snr=True, timestep_spacing="trailing")
    with pytest.raises(InputError, match="with alpha 0"), Recorder(scheduler):
        walk(scheduler)


def test_arguments_that_say_more_than_the_output():
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    with pytest.raises(InputError, match="per_token_timesteps"), Recorder(scheduler):
        walk(scheduler, x=torch.zeros(1, 4, 3), per_token_timesteps=torch.full((1, 4), 500.0))
    scheduler = diffusers.EDMEulerScheduler()
    with pytest.raises(InputError, match="pred_original_sample"), Recorder(scheduler):
        walk(scheduler, pred_original_sample=X)


def test_configurations_that_json_does_not_know():
    scheduler = diffusers.SASolverScheduler(tau_func=np.sign, trained_betas=np.linspace(1e-4, 0.02, 1000))
    with Recorder(scheduler) as recorder:
        walk(scheduler, x=torch.randn(1, 3, 4, 4))
    run = recorder.trajectory()
    assert run.scheduler_config["tau_func"] == "sign" and run.stochastic
    assert run.scheduler_config["trained_betas"][-1] == 0.02


def test_packed_latents():
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    packs = SimpleNamespace(_pack_latents=None, scheduler=scheduler, vae=object())
    packed = torch.randn(2, 6, 16, generator=torch.Generator().manual_seed(0))

    def arrange(batch):  # Flux: patches of 2 x 2 of a picture of 2 x 3 such patches
        return batch.view(2, 2, 3, 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(2, 4, 4, 6)

    with Recorder(packs, arrange=arrange) as recorder:
        end = walk(scheduler, x=packed)
    runs = recorder.trajectories()
    assert [(run.modality, run.space, run.signal_shape) for run in runs] == [("image", "latent", (4, 6))] * 2
    for index, run in enumerate(runs):
        np.testing.assert_array_equal(run.x_t[0], arrange(packed)[index])
        np.testing.assert_array_equal(run.denoised[0], arrange(packed)[index])  # of a flow of nought
        np.testing.assert_array_equal(run.sample, arrange(end)[index])
    with pytest.raises(InputError, match="packs its latents"):
        Recorder(SimpleNamespace(_pack_latents=None, scheduler=diffusers.FlowMatchEulerDiscreteScheduler()))


STEPS = 12
EVERY_OTHER = list(range(0, 2 * STEPS, 2))
KEPT = {  # which calls begin a step; the others only serve its derivative, or go back over it
    "HeunDiscreteScheduler": EVERY_OTHER,
    "KDPM2DiscreteScheduler": EVERY_OTHER,
    "KDPM2AncestralDiscreteScheduler": EVERY_OTHER,
    "DPMSolverSDEScheduler": EVERY_OTHER,
    "FlowMatchHeunDiscreteScheduler shift=3.0": EVERY_OTHER,
    "PNDMScheduler": [0, 4, 8, *range(12, 12 + STEPS - 3)],
    "PNDMScheduler skip_prk_steps=True": [0, *range(2, STEPS + 1)],
}


@pytest.mark.parametrize("name", KEPT)
def test_second_order_schedulers_give_one_record_a_step(name):
    case = next(case for case in CASES if case.name == name)
    scheduler = case.make(case.predictions[0])
    calls, step = [], scheduler.step

    @functools.wraps(step)
    def spy(output, t, x, *args, **kwargs):
        calls.append(x)
        return step(output, t, x, *args, **kwargs)

    scheduler.step = spy
    with Recorder(scheduler) as recorder:
        sample(case, case.predictions[0], scheduler, lambda x, a, s: 0.1 * x)
    kept = [calls[i] for i in KEPT[name]]
    np.testing.assert_array_equal(recorder.trajectory().x_t, torch.cat(kept))
    assert len(calls) == KEPT[name][-1] + 1
    assert scheduler.step is spy


def test_a_recorder_takes_the_models_name():
    oracle = Oracle(lambda x, a, s: x * 0, channels=3, size=8, prediction_type="sample")
    pipeline = SimpleNamespace(
        unet=oracle,
        scheduler=diffusers.DDIMScheduler(),
        config=SimpleNamespace(_name_or_path="hub/some-model"),
    )
    with Recorder(pipeline) as recorder:
        walk(pipeline.scheduler)
    assert (recorder.trajectory().model, recorder.trajectory().space) == ("some-model", "signal")
