#!/usr/bin/env python3
"""Exports some seventy models of torchvision, timm, transformers and diffusers that nothing here was made for.

    python3 -m venv VENV && VENV/bin/pip install -r bench/requirements-zoo.txt
    VENV/bin/python bench/zoo.py ZOO            # writes ZOO/corpus/NAME.onnx, weights drawn at random (3 GB)

With COSTSCAN_SHARED=ZOO the other scripts of bench/ take them for the corpus: `bench/validate.py --sessions 2` says how
predictions hold on them, `bench/attribution.py` whether every executed node is found. Names: where a model is from, what it
is, and `_dyn` where torch's newer exporter wrote it. A model that an exporter refuses is named and left out. To add one: a
line in a table below.
"""
import argparse
import pathlib
import sys
import warnings

import torch

SMALL = {"vocab_size": 1000, "hidden_size": 256, "num_hidden_layers": 3, "num_attention_heads": 8, "intermediate_size": 512}
GROUPED = SMALL | {"num_key_value_heads": 2}
TORCHVISION = ["squeezenet1_1", "densenet121", "convnext_tiny", "swin_t", "regnet_y_400mf", "shufflenet_v2_x1_0", "mnasnet1_0",
               "googlenet", "vgg11", "maxvit_t", "efficientnet_v2_s", "wide_resnet50_2", "resnext50_32x4d"]  # fmt: skip
TORCHVISION_DYN = ["convnext_tiny", "swin_t", "densenet121"]
# Name, class, configuration and its values; token models of transformers, three layers each.
TOKENS = [
    ("albert", "AlbertModel", "AlbertConfig", SMALL | {"embedding_size": 64}),
    ("electra", "ElectraModel", "ElectraConfig", SMALL | {"embedding_size": 64}),
    ("debertav2", "DebertaV2Model", "DebertaV2Config", SMALL | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
    ("opt", "OPTModel", "OPTConfig", {"vocab_size": 1000, "hidden_size": 256, "num_hidden_layers": 3, "num_attention_heads": 8,
                                      "ffn_dim": 512, "word_embed_proj_dim": 256}),
    ("bloom", "BloomModel", "BloomConfig", {"vocab_size": 1000, "hidden_size": 256, "n_layer": 3, "n_head": 8}),
    ("gptneox", "GPTNeoXModel", "GPTNeoXConfig", SMALL),
    ("phi", "PhiModel", "PhiConfig", SMALL),
    ("gemma", "GemmaModel", "GemmaConfig", GROUPED | {"head_dim": 32}),
    ("gemma2", "Gemma2Model", "Gemma2Config", GROUPED | {"head_dim": 32}),
    ("mistral", "MistralModel", "MistralConfig", GROUPED),
    ("qwen3", "Qwen3Model", "Qwen3Config", GROUPED | {"head_dim": 32}),
    ("falcon", "FalconModel", "FalconConfig", {"vocab_size": 1000, "hidden_size": 256, "num_hidden_layers": 3,
                                               "num_attention_heads": 8}),
    ("t5enc", "T5EncoderModel", "T5Config", {"vocab_size": 1000, "d_model": 256, "d_kv": 32, "d_ff": 512, "num_layers": 3,
                                             "num_heads": 8}),
    ("mamba", "MambaModel", "MambaConfig", {"vocab_size": 1000, "hidden_size": 128, "num_hidden_layers": 2}),
    ("xlnet", "XLNetModel", "XLNetConfig", {"vocab_size": 1000, "d_model": 256, "n_layer": 3, "n_head": 8, "d_inner": 512}),
    ("cohere", "CohereModel", "CohereConfig", GROUPED),
    ("olmo2", "Olmo2Model", "Olmo2Config", GROUPED),
    ("stablelm", "StableLmModel", "StableLmConfig", GROUPED),
]  # fmt: skip
IMAGES = [
    ("segformer", "SegformerModel", "SegformerConfig", {}, 256),
    ("clipv", "CLIPVisionModel", "CLIPVisionConfig", {k: v for k, v in SMALL.items() if k != "vocab_size"}, 224),
    ("dinov2", "Dinov2Model", "Dinov2Config", {"hidden_size": 256, "num_hidden_layers": 3, "num_attention_heads": 8}, 224),
    ("poolformer", "PoolFormerModel", "PoolFormerConfig", {}, 224),
    ("swinv2", "Swinv2Model", "Swinv2Config", {}, 224),
]
TIMM = ["ghostnet_100", "levit_128s", "coat_lite_tiny", "edgenext_xx_small", "repvgg_a0", "nfnet_l0", "hrnet_w18_small", "visformer_tiny",
        "resmlp_12_224", "fastvit_t8", "rexnet_100", "mobilenetv4_conv_small", "xcit_nano_12_p16_224", "poolformerv2_s12",
        "efficientformer_l1", "tiny_vit_5m_224", "cait_xxs24_224", "dla34", "vovnet39a", "gmlp_s16_224"]  # fmt: skip
OPSET = 17  # of the older exporter


class First(torch.nn.Module):
    """The first output of a model that returns several."""

    def __init__(self, model, **options):
        super().__init__()
        self.model, self.options = model, options

    def forward(self, *operands):
        return self.model(*operands, return_dict=True, **self.options)[0]


def from_transformers(model: str, config: str, values: dict) -> torch.nn.Module:
    import transformers

    settings = getattr(transformers, config)(**values)
    settings._attn_implementation = "eager"
    made = getattr(transformers, model)(settings)
    cached = getattr(settings, "use_cache", None) is not None and model not in ("T5EncoderModel", "ElectraModel")
    return First(made, **({"use_cache": False} if cached else {}))


def from_torchvision(name: str) -> torch.nn.Module:
    import torchvision.models

    return getattr(torchvision.models, name)(weights=None)


def from_timm(name: str) -> torch.nn.Module:
    import timm

    return timm.create_model(name, pretrained=False)


def unet() -> torch.nn.Module:
    from diffusers import UNet2DConditionModel

    return First(UNet2DConditionModel(
        sample_size=32, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(64, 128), cross_attention_dim=64,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=8))  # fmt: skip


def decoder() -> torch.nn.Module:
    from diffusers import AutoencoderKL

    model = AutoencoderKL(block_out_channels=(32, 64), down_block_types=("DownEncoderBlock2D",) * 2,
                          up_block_types=("UpDecoderBlock2D",) * 2, norm_num_groups=8)  # fmt: skip
    model.forward = lambda latent, return_dict: model.decode(latent, return_dict=return_dict)
    return First(model)


def jobs():
    """Name, function that makes the model, operands, whether by the newer exporter."""
    def image(side: int) -> tuple:
        return (torch.zeros(1, 3, side, side),)

    for name in TORCHVISION:
        yield f"tv_{name}", lambda name=name: from_torchvision(name), image(224), False
    for name in TORCHVISION_DYN:
        yield f"tv_{name}_dyn", lambda name=name: from_torchvision(name), image(224), True
    tokens = (torch.randint(0, 100, (1, 32)),)
    for name, *rest in TOKENS:
        yield f"hf_{name}", lambda rest=rest: from_transformers(*rest), tokens, False
        yield f"hf_{name}_dyn", lambda rest=rest: from_transformers(*rest), tokens, True
    for name, *rest, side in IMAGES:
        yield f"hf_{name}", lambda rest=rest: from_transformers(*rest), image(side), False
    for name in TIMM:
        yield f"timm_{name}", lambda name=name: from_timm(name), image(224), False
    latent = torch.zeros(1, 4, 32, 32)
    yield "unet2d", unet, (latent, torch.tensor([1]), torch.zeros(1, 16, 64)), False
    yield "vae_dec", decoder, (latent,), False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="", help="names that hold this")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    corpus = options.folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, make, operands, newer in jobs():
        target = corpus / f"{name}.onnx"
        if options.only not in name or target.exists():
            continue
        try:
            torch.manual_seed(0)
            model = make().eval()
            with torch.no_grad():
                how = {"dynamo": True, "external_data": False, "verbose": False} if newer else {"dynamo": False, "opset_version": OPSET}
                torch.onnx.export(model, operands, str(target), **how)
            print(f"{name}: {target.stat().st_size / 1e6:.1f} MB", flush=True)
        except Exception as why:  # noqa: BLE001 - whatever an exporter says, the others go on
            target.unlink(missing_ok=True)
            print(f"{name}: left out, {type(why).__name__}: {str(why).splitlines()[0][:120] if str(why) else ''}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
