import diffusers
import numpy as np
import pytest
import torch
from tiny_models import tiny_network
from tiny_pipelines import LATENT, OPTIONS, PIPELINES, signal_shape, tiny_pipeline

from spectral import InputError
from spectral.recording.record import bridge

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecations of diffusers and of what it stands on

STEPS = 8


def signal(name, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, signal_shape(name)).astype(np.float32)


def bridged(name, **options):
    given = {key: value for key, value in OPTIONS.get(name, {}).items() if key not in ("height", "width")}
    return bridge(tiny_pipeline(name), signal(name), **{"steps": STEPS, "seed": 5, **given, **options})


def noise(run):
    """(x_t - alpha x_0) / sigma, one row a step."""
    axes = (-1, *[1] * run.sample.ndim)
    eps = (run.x_t.astype(float) - run.alpha.reshape(axes) * run.sample) / run.sigma.reshape(axes)
    return eps.reshape(run.n_steps, -1)


@pytest.mark.parametrize("name", PIPELINES)
def test_the_noise_is_white_and_that_of_the_noising_chain(name):
    run = bridged(name, space="latent" if name in LATENT else "signal", source="mine.jpg")
    assert (run.n_steps, run.origin, run.stochastic, run.eta) == (STEPS, "bridge", True, 1.0)
    assert (run.source, run.seed) == ("mine.jpg", 5)
    eps = noise(run)
    n = eps.shape[1]
    assert (abs(eps.mean(axis=1)) < 5 / np.sqrt(n)).all()
    assert (abs(eps.var(axis=1) - 1) < 5 * np.sqrt(2 / n)).all()
    t, s = slice(None, -1), slice(1, None)
    r = run.alpha[t] * run.sigma[s] / (run.alpha[s] * run.sigma[t])
    fresh = eps[s] - r[:, None] * eps[t]  # of variance 1 - r^2, and new
    z = fresh / np.sqrt(1 - r**2)[:, None]
    assert (abs(z.var(axis=1) - 1) < 5 * np.sqrt(2 / n)).all()
    assert (abs((z * eps[t]).mean(axis=1)) < 5 / np.sqrt(n)).all()


def spied(name, **options):
    """A bridge, and what the network was asked and said on the way."""
    pipeline = tiny_pipeline(name)
    network = getattr(pipeline, "transformer", None) or pipeline.unet
    calls = []

    def spy(module, args, kwargs, output):
        sample = args[0] if args else kwargs["hidden_states"]
        calls.append((sample.clone(), (output[0] if isinstance(output, tuple) else output.sample).clone()))

    hook = network.register_forward_hook(spy, with_kwargs=True)
    try:
        return bridged(name, **options), calls
    finally:
        hook.remove()


def estimate(name, said, x, alpha, sigma):
    """What a network's answer means, from the papers, not from our code."""
    if name in ("stable_diffusion_3", "flux"):
        return x - sigma * said
    if name == "dance_diffusion":
        return alpha * x - sigma * said
    if name == "stable_audio":  # Karras et al. with sigma_data 1, predicting v
        return x / (sigma**2 + 1) - sigma / np.sqrt(sigma**2 + 1) * said
    if name == "score_sde":
        return x + sigma**2 * said
    if name == "consistency":  # Song et al. 2023, eq. 5, with sigma_data 0.5 and sigma_min 0.002
        skip = 0.25 / ((sigma - 0.002) ** 2 + 0.25)
        return skip * x + 0.5 * (sigma - 0.002) / np.sqrt(sigma**2 + 0.25) * said
    return (x - sigma * said) / alpha


@pytest.mark.parametrize("name", PIPELINES)
def test_the_network_sees_x_t_alone_and_its_answer_is_kept(name):
    space = "latent" if name in LATENT else "signal"
    run, calls = spied(name, space=space)
    if name == "score_sde":
        calls = calls[1::2]  # the others only serve Langevin steps, which bridges do not take
    assert len(calls) == STEPS
    for i, (seen, said) in enumerate(calls):
        alpha, sigma, x = run.alpha[i], run.sigma[i], torch.tensor(run.x_t[i]).double()
        if name == "flux":
            x = tiny_pipeline(name)._pack_latents(x[None], 1, *x.shape)[0]
        scale = {"stable_audio": np.sqrt(sigma**2 + 1), "consistency": np.sqrt(sigma**2 + 0.25)}.get(
            name, 1.0
        )
        for row in seen:  # with guidance there are two
            torch.testing.assert_close(row.double() * scale, x, rtol=1e-5, atol=1e-5)
        said = said.double()
        if len(said) == 2:
            none, given = said.flip(0) if name == "dit" else said
            said = (none + run.guidance * (given - none))[None]
        denoised = estimate(name, said[0][: len(x)], x, alpha, sigma)
        if name == "flux":
            denoised = tiny_pipeline(name)._unpack_latents(denoised[None], 16, 16, 2)[0]
        torch.testing.assert_close(
            torch.tensor(run.denoised[i]).double(),
            denoised,
            rtol=1e-4,
            atol=1e-4 * denoised.abs().max().item(),
        )


@pytest.mark.parametrize("name", LATENT)
def test_a_latent_bridge_ends_in_the_pictures_latents(name):
    pipeline = tiny_pipeline(name)
    vae = getattr(pipeline, "vae", None) or pipeline.vqvae
    picture = torch.tensor(signal(name))[None]
    with torch.no_grad():
        encoded = vae.encode(picture.swapaxes(-1, -2) if name == "audioldm2" else picture)
        z = encoded.latents if name == "ldm" else encoded.latent_dist.mode()
        decoded = vae.decode(z).sample
    decoded = decoded.swapaxes(-1, -2) if name == "audioldm2" else decoded
    scale = getattr(vae.config, "scaling_factor", 1.0)
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    run = bridged(name, space="latent")
    np.testing.assert_allclose(run.sample, (z[0] - shift) * scale, atol=1e-5)
    run = bridged(name)
    assert run.space == "decoded" and run.sample.shape == signal_shape(name)
    np.testing.assert_allclose(run.sample, decoded[0], atol=1e-4)


def test_a_bridge_under_another_scheduler_is_the_one_under_ddim():
    network = tiny_network()
    runs = [
        bridge(
            diffusers.DDPMPipeline(unet=network, scheduler=getattr(diffusers, name)()),
            signal("ddpm"),
            steps=4,
            seed=1,
        )
        for name in ("DDIMScheduler", "EulerDiscreteScheduler", "HeunDiscreteScheduler", "PNDMScheduler")
    ]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.x_t, runs[0].x_t)
        np.testing.assert_array_equal(run.denoised, runs[0].denoised)
        assert run.scheduler == "DDIMScheduler"


def test_prompt_class_and_guidance_count():
    for name, options in (
        ("stable_diffusion", {"prompt": "a hat"}),
        ("stable_diffusion", {"guidance_scale": 2.0}),
        ("stable_diffusion", {"negative_prompt": "rain"}),
        ("dit", {"class_label": 7}),
    ):
        one, other = bridged(name, space="latent"), bridged(name, space="latent", **options)
        np.testing.assert_array_equal(one.x_t, other.x_t)
        assert abs(one.denoised - other.denoised).max() > 0


def test_a_short_sound_is_followed_by_silence():
    sound = signal("stable_audio")[:, :200]
    run = bridge(tiny_pipeline("stable_audio"), sound, steps=4, seed=0, prompt="waves")
    assert run.sample.shape == (2, 200)
    run = bridge(tiny_pipeline("stable_audio"), sound, steps=4, seed=0, prompt="waves", space="latent")
    assert run.sample.shape == (8, 64)
    with pytest.raises(InputError, match="signal has 513 samples, expected at most the model's 512"):
        bridge(tiny_pipeline("stable_audio"), np.zeros((2, 513)), steps=4, seed=0, prompt="waves")


@pytest.mark.parametrize(
    ("name", "picture", "message"),
    [
        ("stable_diffusion", np.zeros((3, 15, 16)), "15 x 16, expected both divisible by 2"),
        ("stable_diffusion", np.zeros((1, 16, 16)), r"expected \(3, height, width\)"),
        ("consistency", np.zeros((3, 24, 16)), r"shape \(3, 24, 16\), expected \(3, 16, 16\)"),
        ("audioldm2", np.zeros((2, 512)), r"expected \(1, mels, frames\)"),
        ("dance_diffusion", np.zeros((2, 100)), "100 samples, expected a number divisible by 8"),
        ("dit", np.zeros((3, 32, 32)), r"expected \(3, 16, 16\) for a DiTPipeline"),
    ],
)
def test_signals_that_do_not_fit(name, picture, message):
    given = {key: value for key, value in OPTIONS.get(name, {}).items() if key not in ("height", "width")}
    with pytest.raises(InputError, match=message):
        bridge(tiny_pipeline(name), picture, steps=3, seed=0, **given)


def test_a_pipeline_that_goes_its_own_way_between_steps():
    class Wandering(diffusers.LDMPipeline):
        def __call__(self, num_inference_steps, **kwargs):
            x = torch.randn(1, 3, 8, 8)
            self.scheduler.set_timesteps(num_inference_steps)
            for t in self.scheduler.timesteps:
                x = 0.9 * self.scheduler.step(self.unet(x, t).sample, t, x).prev_sample

    made = Wandering(**tiny_pipeline("ldm").components)
    before = set(vars(made.scheduler))
    with pytest.raises(InputError, match="leaves the bridge between steps"):
        bridge(made, signal("ldm"), steps=3, seed=0)
    assert set(vars(made.scheduler)) == before
    assert not made.unet._forward_pre_hooks
