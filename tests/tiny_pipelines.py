"""Whole pipelines with random weights, small enough for a test, built through diffusers' own classes.

Tokenizers and text encoders are made on the spot: a vocabulary of printable characters, a layer or two.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.audioldm2.modeling_audioldm2 import (
    AudioLDM2ProjectionModel,
    AudioLDM2UNet2DConditionModel,
)
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertConfig, LDMBertModel
from diffusers.pipelines.stable_audio.modeling_stable_audio import StableAudioProjectionModel
from tiny_models import tiny_network

CHARACTERS = [chr(i) for i in range(33, 127)]


def _clip_tokenizer() -> Any:
    words = ["<|startoftext|>", "<|endoftext|>", *CHARACTERS, *(c + "</w>" for c in CHARACTERS)]
    vocabulary = {word: i for i, word in enumerate(words)}
    return transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def _roberta_tokenizer() -> Any:
    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *CHARACTERS, "Ġ"]
    vocabulary = {word: i for i, word in enumerate(words)}
    return transformers.RobertaTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def _t5_tokenizer(length: int = 77) -> Any:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -2.0)]
    pieces += [(character, -3.0) for character in CHARACTERS]
    return transformers.T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=length)


def _clip(width: int = 16, *, projection: bool = False) -> Any:
    config = transformers.CLIPTextConfig(
        vocab_size=256,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=width,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return (transformers.CLIPTextModelWithProjection if projection else transformers.CLIPTextModel)(config)


def _t5(width: int = 16) -> Any:
    config = transformers.T5Config(
        vocab_size=128, d_model=width, d_kv=8, d_ff=32, num_layers=1, num_heads=2, pad_token_id=0
    )
    return transformers.T5EncoderModel(config)


def _vae(channels: int = 4, *, pictures: int = 3, **changes: Any) -> Any:
    """Halves the picture once."""
    return diffusers.AutoencoderKL(
        in_channels=pictures,
        out_channels=pictures,
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=4,
        latent_channels=channels,
        sample_size=16,
        **changes,
    )


def _vq(channels: int = 3) -> Any:
    return diffusers.VQModel(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=4,
        latent_channels=channels,
        num_vq_embeddings=64,
        scaling_factor=0.5,
    )


def _text_unet(width: int = 16, **changes: Any) -> Any:
    config = dict(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
        cross_attention_dim=width,
    )
    return diffusers.UNet2DConditionModel(**(config | changes))


TRAINED = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def ddpm() -> Any:
    return diffusers.DDPMPipeline(unet=tiny_network(), scheduler=diffusers.DDPMScheduler(clip_sample=False))


def ddim() -> Any:
    return diffusers.DDIMPipeline(unet=tiny_network(), scheduler=diffusers.DDIMScheduler(clip_sample=False))


def pndm() -> Any:
    return diffusers.PNDMPipeline(unet=tiny_network(), scheduler=diffusers.PNDMScheduler())


def score_sde() -> Any:
    scheduler = diffusers.ScoreSdeVeScheduler(sigma_max=20.0)
    return diffusers.ScoreSdeVePipeline(unet=tiny_network(), scheduler=scheduler)


def consistency() -> Any:
    scheduler = diffusers.CMStochasticIterativeScheduler()
    return diffusers.ConsistencyModelPipeline(unet=tiny_network(num_class_embeds=10), scheduler=scheduler)


def dit() -> Any:
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
    )
    scheduler = diffusers.DDIMScheduler(clip_sample=False)
    return diffusers.DiTPipeline(transformer=transformer, vae=_vae(), scheduler=scheduler)


def ldm() -> Any:
    unet = tiny_network(sample_size=8)
    scheduler = diffusers.DDIMScheduler(clip_sample=False, **TRAINED)
    return diffusers.LDMPipeline(vqvae=_vq(), unet=unet, scheduler=scheduler)


def ldm_text() -> Any:
    config = LDMBertConfig(
        vocab_size=256,
        d_model=16,
        encoder_layers=1,
        encoder_ffn_dim=16,
        encoder_attention_heads=2,
        head_dim=8,
    )
    return diffusers.LDMTextToImagePipeline(
        vqvae=_vae_by_8(),
        bert=LDMBertModel(config),
        tokenizer=_clip_tokenizer(),
        unet=_text_unet(),
        scheduler=diffusers.DDIMScheduler(clip_sample=False, **TRAINED),
    )


def _vae_by_8() -> Any:
    """Shrinks the picture by 8, as LDMTextToImagePipeline takes for granted."""
    return diffusers.AutoencoderKL(
        block_out_channels=(8,) * 4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=64,
    )


def stable_diffusion() -> Any:
    scheduler = diffusers.PNDMScheduler(skip_prk_steps=True, steps_offset=1, **TRAINED)
    return diffusers.StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=_clip(),
        tokenizer=_clip_tokenizer(),
        unet=_text_unet(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def stable_diffusion_xl() -> Any:
    unet = _text_unet(
        32,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1),
        projection_class_embeddings_input_dim=16 + 6 * 8,
        use_linear_projection=True,
    )
    return diffusers.StableDiffusionXLPipeline(
        vae=_vae(scaling_factor=0.13025),
        text_encoder=_clip(),
        text_encoder_2=_clip(projection=True),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(timestep_spacing="leading", steps_offset=1, **TRAINED),
    )


def stable_diffusion_3() -> Any:
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=8,
        patch_size=1,
        in_channels=4,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=32,
        caption_projection_dim=16,
        pooled_projection_dim=32,
        out_channels=4,
    )
    return diffusers.StableDiffusion3Pipeline(
        transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(scaling_factor=1.5305, shift_factor=0.0609),
        text_encoder=_clip(projection=True),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=_clip(projection=True),
        tokenizer_2=_clip_tokenizer(),
        text_encoder_3=_t5(32),
        tokenizer_3=_t5_tokenizer(),
    )


def flux() -> Any:
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        pooled_projection_dim=16,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )
    return diffusers.FluxPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=_vae(scaling_factor=0.3611, shift_factor=0.1159),
        text_encoder=_clip(),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=_t5(),
        tokenizer_2=_t5_tokenizer(),
        transformer=transformer,
    )


def dance_diffusion() -> Any:
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
    return diffusers.DanceDiffusionPipeline(unet=network, scheduler=diffusers.IPNDMScheduler())


def audioldm2() -> Any:
    text = transformers.ClapTextConfig(
        vocab_size=128,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=514,
        projection_dim=16,
    )
    audio = transformers.ClapAudioConfig(
        spec_size=64,
        window_size=4,
        num_mel_bins=16,
        hidden_size=32,
        patch_stride=2,
        patch_size=2,
        depths=[2, 2],
        num_attention_heads=[2, 2],
        patch_embeds_hidden_size=16,
        projection_dim=16,
        num_hidden_layers=2,
    )
    clap = transformers.ClapConfig(
        text_config=text.to_dict(), audio_config=audio.to_dict(), projection_dim=16
    )
    gpt2 = transformers.GPT2Config(
        max_new_tokens=4, n_embd=16, n_layer=1, n_head=2, vocab_size=128, n_ctx=64, n_positions=64
    )
    vocoder = transformers.SpeechT5HifiGanConfig(
        model_in_dim=8,
        sampling_rate=16000,
        upsample_initial_channel=8,
        upsample_rates=[4, 4],
        upsample_kernel_sizes=[8, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3, 5]],
        normalize_before=False,
    )
    unet = AudioLDM2UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
        cross_attention_dim=(None, 16),
    )
    return diffusers.AudioLDM2Pipeline(
        vae=_vae(pictures=1),
        text_encoder=transformers.ClapModel(clap),
        text_encoder_2=_t5(),
        projection_model=AudioLDM2ProjectionModel(16, 16, 16),
        language_model=transformers.GPT2LMHeadModel(gpt2),
        tokenizer=_roberta_tokenizer(),
        tokenizer_2=_t5_tokenizer(),
        feature_extractor=transformers.ClapFeatureExtractor(feature_size=16, hop_length=64, max_length_s=1),
        unet=unet,
        scheduler=diffusers.DDIMScheduler(clip_sample=False, steps_offset=1, **TRAINED),
        vocoder=transformers.SpeechT5HifiGan(vocoder),
    )


def stable_audio() -> Any:
    vae = diffusers.AutoencoderOobleck(
        encoder_hidden_size=16,
        downsampling_ratios=[2, 4],
        decoder_channels=8,
        decoder_input_channels=8,
        audio_channels=2,
        channel_multiples=[1, 2],
        sampling_rate=4000,
    )
    transformer = diffusers.StableAudioDiTModel(
        sample_size=64,
        in_channels=8,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        num_key_value_attention_heads=2,
        out_channels=8,
        cross_attention_dim=16,
        cross_attention_input_dim=16,
        time_proj_dim=16,
        global_states_input_dim=32,
    )
    return diffusers.StableAudioPipeline(
        vae=vae,
        text_encoder=_t5(),
        projection_model=StableAudioProjectionModel(
            text_encoder_dim=16, conditioning_dim=16, min_value=0, max_value=32
        ),
        tokenizer=_t5_tokenizer(16),
        transformer=transformer,
        scheduler=diffusers.CosineDPMSolverMultistepScheduler(),
    )


def latent_consistency() -> Any:
    return diffusers.LatentConsistencyModelPipeline(
        vae=_vae(),
        text_encoder=_clip(),
        tokenizer=_clip_tokenizer(),
        unet=_text_unet(time_cond_proj_dim=16),
        scheduler=diffusers.LCMScheduler(**TRAINED),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def pixart() -> Any:
    transformer = diffusers.PixArtTransformer2DModel(
        sample_size=8,
        num_layers=1,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=2,
        caption_channels=16,
        in_channels=4,
        out_channels=8,
        cross_attention_dim=16,
    )
    return diffusers.PixArtAlphaPipeline(
        tokenizer=_t5_tokenizer(),
        text_encoder=_t5(),
        vae=_vae(),
        transformer=transformer,
        scheduler=diffusers.DPMSolverMultistepScheduler(),
    )


PIPELINES: dict[str, Callable[[], Any]] = {
    make.__name__: make
    for make in (
        ddpm,
        ddim,
        pndm,
        score_sde,
        consistency,
        dit,
        ldm,
        ldm_text,
        stable_diffusion,
        stable_diffusion_xl,
        stable_diffusion_3,
        flux,
        dance_diffusion,
        audioldm2,
        stable_audio,
        latent_consistency,
        pixart,
    )
}


@functools.cache
def tiny_pipeline(name: str) -> Any:
    """The pipeline of that name, made once, in evaluation mode, without a progress bar."""
    torch.manual_seed(0)
    pipeline = PIPELINES[name]()
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval()
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


OPTIONS: dict[str, dict[str, Any]] = {  # what `record` has to be told, besides steps and a seed
    "consistency": {"class_label": 3},
    "dit": {"class_label": 3},
    "ldm_text": {"prompt": "a lighthouse", "height": 32, "width": 32},
    "stable_diffusion": {"prompt": "a lighthouse"},
    "stable_diffusion_xl": {"prompt": "a lighthouse"},
    "stable_diffusion_3": {"prompt": "a lighthouse"},
    "flux": {"prompt": "a lighthouse", "height": 16, "width": 16},
    "audioldm2": {"prompt": "waves"},
    "stable_audio": {"prompt": "waves"},
    "latent_consistency": {"prompt": "a lighthouse"},
    "pixart": {"prompt": "a lighthouse"},
}
SIGNALS = {  # shapes of what they make
    "dance_diffusion": (2, 512),
    "ldm_text": (3, 32, 32),
    "audioldm2": (1, 8, 32),
    "stable_audio": (2, 512),
}
PIXELS = ("ddpm", "ddim", "pndm", "score_sde", "consistency", "dance_diffusion")
LATENT = tuple(name for name in PIPELINES if name not in PIXELS)


def signal_shape(name: str) -> tuple[int, ...]:
    return SIGNALS.get(name, (3, 16, 16))
