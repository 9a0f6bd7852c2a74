"""Decoders for nodes that hold a graph, as small as ONNX Runtime takes them: logits are a row of a table, by the number of
tokens so far and the last one, so that the reference kernels can follow. (By the last one alone, sequences of the same
transitions would tie.) Inputs and outputs have the names and shapes that the runtime demands."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT32 = TensorProto.FLOAT, TensorProto.INT32


def unlikely_end(rng, length, vocab, end):
    """A table in which no token ends a sequence, and penalties make tokens of the sequence the worst choice."""
    table = rng.uniform(-2, -1, (length, vocab, vocab)).astype(np.float32)
    table[..., end] = -90
    return table


def likely_end(rng, length, vocab, end):
    """A table in which every token is best followed by the end, and equally well by any other."""
    table = rng.uniform(-0.1, 0.1, (length, vocab, vocab)).astype(np.float32)
    table[..., end] = 4
    return table


def without_padding(rng, length, vocab, pad):
    """A random table whose decoder never proposes the padding itself."""
    table = rng.uniform(-2, 2, (length, vocab, vocab)).astype(np.float32)
    table[..., pad] = -90
    return table


def padded_after_end(sequences, prompt, pad):
    """What follows the column in which all sequences have ended: the runtime leaves there what its memory held."""
    padded = sequences.copy()
    ends = np.flatnonzero((sequences[:, prompt:] == pad).all(0))
    if ends.size:
        padded[:, prompt + ends[0]:] = pad
    return padded


def ascending(rng, length, vocab):
    """A table in which every token is better than the one before it."""
    return np.cumsum(rng.uniform(0.1, 1, (length, vocab, vocab)), -1).astype(np.float32)


def distinct_tokens(rng, rows, tokens, vocab):
    """Sequences without the first two tokens (padding and end), each without repetition."""
    return np.stack([rng.permutation(vocab - 2)[:tokens] + 2 for _ in range(rows)])


def minimal_standard(seed, count):
    """Uniform numbers in double precision as the C++ library draws them: two states of the minimal standard generator each."""
    state, numbers, span = seed, [], 2**31 - 2
    for _ in range(count):
        pair = []
        for _ in range(2):
            state = 16807*state % (2**31 - 1)
            pair.append(state - 1)
        numbers.append((pair[0] + pair[1]*span)/span**2)
    return np.array(numbers)


def _look_up(ids, counted, axis):
    """Logits of the tokens `ids`, of which there are as many so far as `counted` has along the axis."""
    return [
        helper.make_node("Shape", [counted], ["so_far"], start=axis, end=axis + 1),
        helper.make_node("Sub", ["so_far", "one"], ["position"]),
        helper.make_node("Gather", ["table", "position"], ["now"], axis=0),
        helper.make_node("Squeeze", ["now", "zero"], ["rows_now"]),
        helper.make_node("Gather", ["rows_now", ids], ["logits"], axis=0),
    ]


def _constants(table, **others):
    values = {"table": table, "zero": [0], "one": [1], **others}
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()]


def decoder(table):
    """Of GreedySearch, Sampling and BeamSearch: keys and values in one tensor per layer, [2, rows, heads, positions, size]."""
    vocab = table.shape[-1]
    nodes = [
        *_look_up("input_ids", "attention_mask", 1),
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "axes"], ["keys"]),
        helper.make_node("Concat", ["keys", "keys"], ["new"], axis=0),
        helper.make_node("Concat", ["past_0", "new"], ["present_0"], axis=3),
    ]
    ids = [_info(name, INT32, ["rows", "tokens"]) for name in ("input_ids", "position_ids")]
    inputs = [*ids, _info("attention_mask", INT32, ["rows", "all"]), _info("past_0", FLOAT, [2, "rows", 1, "past", 1])]
    outputs = [_info("logits", FLOAT, ["rows", "tokens", vocab]), _info("present_0", FLOAT, [2, "rows", 1, "all", 1])]
    return helper.make_graph(nodes, "decoder", inputs, outputs, _constants(table, axes=[0, 2, 4]))


def _info(name, dtype, shape):
    return helper.make_tensor_value_info(name, dtype, shape)


def _caches(kind, names, positions, size):
    return [_info(f"{kind}_{part}_{name}_0", FLOAT, ["rows", 1, positions, size]) for name in names for part in ("key", "value")]


def encoder(table, bands=0):
    """Reads ids and their mask, or sound of so many bands, and makes the first step of the decoder."""
    nodes = [
        *_look_up("decoder_input_ids", "decoder_input_ids", 1),
        helper.make_node("Cast", ["decoder_input_ids"], ["numbers"], to=FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "around"], ["present_key_self_0"]),
        helper.make_node("Identity", ["present_key_self_0"], ["present_value_self_0"]),
        helper.make_node("Unsqueeze", ["encoder_hidden_states", "one"], ["present_key_cross_0"]),
        helper.make_node("Identity", ["present_key_cross_0"], ["present_value_cross_0"]),
    ]
    if bands:
        inputs = [_info("encoder_input_ids", FLOAT, ["rows", bands, "frames"])]
        nodes.insert(-2, helper.make_node("Transpose", ["encoder_input_ids"], ["encoder_hidden_states"], perm=[0, 2, 1]))
    else:
        inputs = [_info(name, INT32, ["rows", "frames"]) for name in ("encoder_input_ids", "encoder_attention_mask")]
        nodes[-2:-2] = [helper.make_node("Cast", ["encoder_input_ids"], ["words"], to=FLOAT),
                      helper.make_node("Unsqueeze", ["words", "two"], ["encoder_hidden_states"])]
    inputs.append(_info("decoder_input_ids", INT32, ["rows", "tokens"]))
    outputs = [_info("logits", FLOAT, ["rows", "tokens", table.shape[-1]])]
    outputs.append(_info("encoder_hidden_states", FLOAT, ["rows", "frames", bands or 1]))
    outputs += [*_caches("present", ["self"], "tokens", 1), *_caches("present", ["cross"], "frames", bands or 1)]
    return helper.make_graph(nodes, "encoder", inputs, outputs, _constants(table, around=[1, 3], two=[2]))


def step_decoder(table, bands=0):
    """The decoder beside that encoder: one token at a time."""
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "around"], ["new"]),
        helper.make_node("Concat", ["past_key_self_0", "new"], ["present_key_self_0"], axis=2),
        helper.make_node("Concat", ["past_value_self_0", "new"], ["present_value_self_0"], axis=2),
        *_look_up("input_ids", "present_key_self_0", 2),
    ]
    inputs = [_info("input_ids", INT32, ["rows", 1])]
    if not bands:
        inputs.append(_info("encoder_attention_mask", INT32, ["rows", "frames"]))
    inputs.append(_info("encoder_hidden_states", FLOAT, ["rows", "frames", bands or 1]))
    inputs += [*_caches("past", ["self"], "past", 1), *_caches("past", ["cross"], "frames", bands or 1)]
    outputs = [_info("logits", FLOAT, ["rows", 1, table.shape[-1]]), *_caches("present", ["self"], "all", 1)]
    return helper.make_graph(nodes, "decoder", inputs, outputs, _constants(table, around=[1, 3]))
