"""Which family a folder belongs to, by its files alone, and the card that they give."""

import json
from pathlib import Path

import pytest

from llada_edit.errors import BrokenModel, UnsupportedModel
from llada_edit.models.families import read_card, recognise
from llada_edit.models.load import load

GOLDEN = Path(__file__).parent.parent / "golden"


PAST_ONLY = "attends block by block to the past only"


@pytest.mark.parametrize(
    ("name", "config", "said"),
    [
        ("LLaDA2.0-mini", {"model_type": "llada2_moe", "architectures": ["LLaDA2MoeModelLM"]}, PAST_ONLY),
        ("Ling", {"model_type": "bailing_moe_v2", "architectures": ["BailingMoeV2ForCausalLM"]}, PAST_ONLY),
        ("SDAR-4B-Chat", {"model_type": "sdar", "architectures": ["SDARForCausalLM"]}, PAST_ONLY),
        ("SDAR-30B", {"model_type": "sdar_moe", "architectures": ["SDARMoeForCausalLM"]}, PAST_ONLY),
        ("bd3lm-owt", {"model_type": "bd3lm", "architectures": ["BD3LM"]}, PAST_ONLY),
        ("v2", {"model_type": "Fast_dLLM_Qwen", "architectures": ["Fast_dLLM_QwenForCausalLM"]}, PAST_ONLY),
        ("Qwen3-0.6B-diffusion-bd3lm-v0.1", {"model_type": "a2d-qwen3"}, PAST_ONLY),
        ("mine", {"model_type": "a2d-qwen2", "block_size": 32}, PAST_ONLY),
        ("gemma", {"model_type": "diffusion_gemma"}, "no mask token"),
        ("mdlm-owt", {"model_type": "mdlm", "architectures": ["MDLM"]}, "code of its own"),
        ("Qwen3-0.6B", {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]}, "supported: LLaDA"),
        ("LLaVA", {"model_type": "llava_llada"}, "supported: LLaDA"),
        ("A2D-3.5", {"model_type": "a2d-qwen3_5"}, "supported: LLaDA"),
        ("empty", {}, "supported: LLaDA"),
    ],
)
def test_what_cannot_see_to_the_right_is_refused_by_its_config(tmp_path, name, config, said):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedModel, match=said) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_what_is_recognised():
    found = {
        ("llada", "LLaDAModelLM"): "llada",
        ("llada", "LLaDAMoEModelLM"): "llada-moe",
        ("illada", "ILLaDAForCausalLM"): "illada",
        ("Dream", "DreamModel"): "dream",
        ("a2d-qwen3", "A2DQwen3LMHeadModel"): "a2d",
        ("modernbert", "ModernBertForMaskedLM"): "modernbert",
        ("a2d-modernbert", "A2DModernBertForMaskedLM"): "modernbert",
        ("llada-edit-encoder", "Encoder"): "bundled",
    }
    for (kind, architecture), family in found.items():
        assert recognise({"model_type": kind, "architectures": [architecture]}, "x").name == family
    assert recognise({"model_type": "a2d-qwen3"}, "dllm-hub/Qwen3-0.6B-diffusion-mdlm-v0.1").name == "a2d"
    assert recognise({"model_type": "Dream"}, "Dream-org/DreamOn-v0-7B").name == "dreamon"


def write_files(folder, config, **others):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in ({"config": config} | others).items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    return folder


SIZES = {"vocab_size": 152064, "max_position_embeddings": 131072}


def test_published_ids_where_the_files_say_nothing(tmp_path):
    dream = read_card(write_files(tmp_path / "Dream-v0-Instruct-7B", {"model_type": "Dream"} | SIZES))
    assert (dream.mask_id, dream.pad_id, dream.stop_ids) == (151666, 151643, (151643,))
    assert (dream.logit_shift, dream.max_length, dream.expand_id) == (1, 2048, None)
    llada = {"model_type": "llada", "vocab_size": 126464, "max_sequence_length": 4096}
    card = read_card(write_files(tmp_path / "LLaDA-8B-Base", llada))
    assert (card.mask_id, card.stop_ids, card.max_length) == (126336, (126081,), 4096)
    illada = {"model_type": "illada", "vocab_size": 155136, "max_position_embeddings": 8192}
    assert read_card(write_files(tmp_path / "iLLaDA", illada)).mask_id == 5
    with pytest.raises(BrokenModel, match=r"control ids \[126081, 126336\] beyond its 320"):
        read_card(write_files(tmp_path / "tiny", llada | {"vocab_size": 320}))
    with pytest.raises(BrokenModel, match="no mask token"):
        read_card(write_files(tmp_path / "a2d", {"model_type": "a2d-qwen3"} | SIZES))


def test_ids_of_the_files_win(tmp_path):
    decoder = {"7": {"content": "<|im_end|>"}, "8": {"content": "<|mask|>"}}
    added = {"added_tokens_decoder": decoder, "eos_token": "<|im_end|>"}
    folder = write_files(tmp_path / "a2d", {"model_type": "a2d-qwen3"} | SIZES, tokenizer_config=added)
    assert (read_card(folder).mask_id, read_card(folder).stop_ids) == (8, (7,))
    named = write_files(tmp_path / "named", {"model_type": "Dream", "mask_token_id": 9, "eos_token_id": [3, 4]} | SIZES)
    assert (read_card(named).mask_id, read_card(named).stop_ids) == (9, (3, 4))
    assert read_card(named, ids={"mask_token_id": 11}).mask_id == 11


def test_dreamon_card(tmp_path):
    by_name = read_card(write_files(tmp_path / "DreamOn-v0-7B", {"model_type": "Dream"} | SIZES))
    assert (by_name.family, by_name.expand_id, by_name.delete_id) == ("dreamon", 151667, 151643)
    settings = {"added_tokens_decoder": {"77": {"content": "<|expand|>"}}}
    by_token = read_card(write_files(tmp_path / "x", {"model_type": "Dream"} | SIZES, tokenizer_config=settings))
    assert (by_token.family, by_token.expand_id, by_token.logit_shift) == ("dreamon", 77, 1)
    config = {"expand_token_id": 70, "delete_token_id": 71}
    by_config = read_card(write_files(tmp_path / "y", {"model_type": "Dream"} | SIZES, generation_config=config))
    assert (by_config.expand_id, by_config.delete_id) == (70, 71)
    assert {70, 71} <= by_config.control_ids


def test_licence_from_the_model_page(tmp_path):
    folder = write_files(tmp_path / "d", {"model_type": "Dream"} | SIZES)
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# Model\n")
    assert read_card(folder).licence == "apache-2.0"
