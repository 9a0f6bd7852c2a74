// Networks that look like another family at first sight.
#include <vector>

#include "unit/fingerprint_zoo.hpp"

namespace costscan::test {
namespace {

using Text = Net::Text;

/// SqueezeBERT: what BERT does by products with weights, by convolutions of one point in groups.
void bert_of_convolutions(Net& net) {
  Text x = net.embed(net.ids("input_ids", {1, 128}), 30528, 256);
  x = net.op("Transpose", {net.layer_norm(x, 256)}, {ints_attr("perm", {0, 2, 1})});
  const auto layer = [&](const Text& in, std::int64_t from, std::int64_t to) {
    return net.conv(in, from, to, 1, 1, 4, 1);
  };
  for (int block = 0; block < 4; ++block) {
    const auto heads = [&](const Text& in) { return net.op("Reshape", {in, net.ints({1, 4, 64, 128})}); };
    const Text q = net.op("Transpose", {heads(layer(x, 256, 256))}, {ints_attr("perm", {0, 1, 3, 2})});
    const Text scores = net.op("Softmax", {net.op("MatMul", {q, heads(layer(x, 256, 256))})}, {int_attr("axis", -1)});
    const Text v = net.op("Transpose", {heads(layer(x, 256, 256))}, {ints_attr("perm", {0, 1, 3, 2})});
    const Text mixed = net.op("Transpose", {net.op("MatMul", {scores, v})}, {ints_attr("perm", {0, 1, 3, 2})});
    x = net.op("Add", {x, layer(net.op("Reshape", {mixed, net.ints({1, 256, 128})}), 256, 256)});
    x = net.op("Add", {x, layer(net.gelu(layer(x, 256, 1024)), 1024, 256)});
  }
  net.output(net.op("Transpose", {x}, {ints_attr("perm", {0, 2, 1})}));
}

/// TensorFlow's BERT: heads by Einsum from the projections to the output, no MatMul.
void bert_of_einsums(Net& net) {
  const auto einsum = [&](const char* equation, const Text& a, const Text& b) {
    return net.op("Einsum", {a, b}, {attr("equation", Text(equation), 3)});
  };
  Text x = net.embed(net.ids("input_word_ids", {1, 128}), 30522, 256);
  const Text mask = net.padding_mask(net.ids("input_mask", {1, 128}));
  for (int block = 0; block < 4; ++block) {
    const auto heads = [&] { return einsum("abc,cde->abde", x, net.weight({256, 4, 64})); };
    const Text q = net.op("Mul", {heads(), net.scalar(0.125F)});
    const Text scores = net.op("Add", {einsum("aecd,abcd->acbe", heads(), q), mask});
    const Text mixed = einsum("acbe,aecd->abcd", net.op("Softmax", {scores}, {int_attr("axis", -1)}), heads());
    x = net.layer_norm(net.op("Add", {x, einsum("abcd,cde->abe", mixed, net.weight({4, 64, 256}))}), 256);
    const Text wide = net.gelu(einsum("abc,cd->abd", x, net.weight({256, 1024})));
    x = net.layer_norm(net.op("Add", {x, einsum("abc,cd->abd", wide, net.weight({1024, 256}))}), 256);
  }
  net.output(x);
}

void tiny_perceptron(Net& net) {
  net.output(net.gemm(net.op("Relu", {net.gemm(net.input("x", {"batch", 10}), 10, 32)}), 32, 3));
}

/// A decoder whose second half of each layer is shared out among experts.
void llm_of_experts(Net& net) {
  const Text ids = net.ids("input_ids", {1, 32});
  Text x = net.embed(ids, 32000, 256);
  const Text mask = net.causal_mask(ids);
  for (int layer = 0; layer < 3; ++layer) {
    const Text normed = net.rms_norm(x, 256);
    x = net.op("Add", {x, net.attention(normed, normed, 256, 4, mask)});
    const Text after = net.rms_norm(x, 256);
    const Text logits = net.op("MatMul", {after, net.weight({256, 8})});
    const auto best = net.ops("TopK", {net.op("Softmax", {logits}), net.ints({2})}, 2);
    const Text chosen = net.op("Cast", {net.op("ReduceMax", {best[1], net.ints({-1})})}, {int_attr("to", 1)});
    Text sum;
    for (int expert = 0; expert < 4; ++expert) {
      const Text here =
          net.op("Cast", {net.op("Equal", {chosen, net.scalar(static_cast<float>(expert))})}, {int_attr("to", 1)});
      const Text part = net.op("Mul", {net.gated(after, 256, 512), here});
      sum = sum.empty() ? part : net.op("Add", {sum, part});
    }
    x = net.op("Add", {x, sum});
  }
  net.output(net.op("MatMul", {net.rms_norm(x, 256), net.weight({256, 32000})}));
}

/// A language model whose tokens another graph has embedded, with keys and values of earlier ones.
void llm_of_embeddings(Net& net) {
  Text x = net.input("inputs_embeds", {1, 1, 256});
  const Text cosine = net.input("cos", {1, 1, 1, 64});
  const Text sine = net.input("sin", {1, 1, 1, 64});
  const auto turned = [&](const Text& in) {
    const auto halves = net.ops("Split", {in}, 2, {int_attr("axis", -1), int_attr("num_outputs", 2)});
    const Text other = net.op("Concat", {net.op("Neg", {halves[1]}), halves[0]}, {int_attr("axis", -1)});
    return net.op("Add", {net.op("Mul", {in, cosine}), net.op("Mul", {other, sine})});
  };
  for (int layer = 0; layer < 3; ++layer) {
    const Text at = std::to_string(layer);
    const Text normed = net.rms_norm(x, 256);
    const auto heads = [&] { return net.split_heads(net.op("MatMul", {normed, net.weight({256, 256})}), 4, 256); };
    const Text past_k = net.input("past_key_values." + at + ".key", {1, 4, 31, 64});
    const Text past_v = net.input("past_key_values." + at + ".value", {1, 4, 31, 64});
    const Text k = net.op("Concat", {past_k, turned(heads())}, {int_attr("axis", 2)});
    const Text v = net.op("Concat", {past_v, heads()}, {int_attr("axis", 2)});
    const Text scores =
        net.op("MatMul", {turned(heads()), net.op("Transpose", {k}, {ints_attr("perm", {0, 1, 3, 2})})});
    const Text mixed = net.op("MatMul", {net.op("Softmax", {scores}, {int_attr("axis", -1)}), v});
    const Text joined =
        net.op("Reshape", {net.op("Transpose", {mixed}, {ints_attr("perm", {0, 2, 1, 3})}), net.ints({1, 1, 256})});
    x = net.op("Add", {x, net.op("MatMul", {joined, net.weight({256, 256})})});
    x = net.op("Add", {x, net.gated(net.rms_norm(x, 256), 256, 768)});
    net.output(k, "present." + at + ".key");
    net.output(v, "present." + at + ".value");
  }
  net.output(net.op("MatMul", {net.rms_norm(x, 256), net.weight({256, 32000})}), "logits");
}

/// An encoder of LSTMs, whose steps a second one weighs.
void lstm_with_attention(Net& net) {
  const auto lstm = [&](const Text& x, std::int64_t in) {
    const Text y =
        net.ops("LSTM", {x, net.weight({1, 512, in}), net.weight({1, 512, 128})}, 1, {int_attr("hidden_size", 128)})[0];
    return net.op("Transpose", {net.op("Squeeze", {y, net.ints({1})})}, {ints_attr("perm", {1, 0, 2})});
  };
  const auto steps_first = [&](const Text& x) { return net.op("Transpose", {x}, {ints_attr("perm", {1, 0, 2})}); };
  const Text memory = lstm(steps_first(net.embed(net.ids("source", {1, 40}), 8000, 64)), 64);
  const Text states = lstm(steps_first(net.embed(net.ids("target", {1, 30}), 8000, 64)), 64);
  const Text scores = net.op("MatMul", {states, net.op("Transpose", {memory}, {ints_attr("perm", {0, 2, 1})})});
  const Text context = net.op("MatMul", {net.op("Softmax", {scores}, {int_attr("axis", -1)}), memory});
  const Text joined = net.op("Concat", {states, context}, {int_attr("axis", -1)});
  net.output(net.linear(net.op("Tanh", {net.linear(joined, 256, 128)}), 128, 8000));
}

/// Sounds as pictures of their spectra.
void spectrogram_classes(Net& net) {
  Text x = net.input("log_mel", {1, 1, 1001, 64});
  std::int64_t width = 1;
  for (const std::int64_t next : {32, 64, 128, 128}) {
    x = net.conv_bn_relu(net.conv_bn_relu(x, width, next, 3), next, next, 3);
    x = net.op("AveragePool", {x}, {ints_attr("kernel_shape", {2, 2}), ints_attr("strides", {2, 2})});
    width = next;
  }
  net.output(net.op("Sigmoid", {net.classify(x, 128, 527)}));
}

/// Patches cut by Reshape and Transpose.
void vit_of_products(Net& net) {
  const Text image = net.input("image", {1, 3, 224, 224});
  const Text cut = net.op("Reshape", {image, net.ints({1, 3, 14, 16, 14, 16})});
  const Text turned = net.op("Transpose", {cut}, {ints_attr("perm", {0, 2, 4, 3, 5, 1})});
  Text x = net.linear(net.op("Reshape", {turned, net.ints({1, 196, 768})}), 768, 192);
  x = net.encoder(net.op("Add", {x, net.weight({1, 196, 192})}), 192, 3, 4);
  net.output(net.gemm(net.op("Gather", {x, net.integer(0)}, {int_attr("axis", 1)}), 192, 1000));
}

/// MobileNet-SSD as TensorFlow has it: channels last at the door, heads joined, boxes decoded elsewhere.
void mobilenet_ssd(Net& net) {
  Text x = net.op("Transpose", {net.input("normalized_input_image_tensor", {1, 320, 320, 3})},
                  {ints_attr("perm", {0, 3, 1, 2})});
  x = net.op("Clip", {net.conv(x, 3, 32, 3, 2), net.scalar(0), net.scalar(6)});
  std::vector<Text> maps;
  std::int64_t width = 32;
  for (int stage = 0; stage < 5; ++stage) {
    const Text wide = net.op("Clip", {net.conv(x, width, 6 * width, 1), net.scalar(0), net.scalar(6)});
    const Text seen =
        net.op("Clip", {net.conv(wide, 6 * width, 6 * width, 3, 2, 6 * width), net.scalar(0), net.scalar(6)});
    x = net.conv(seen, 6 * width, width, 1);
    if (stage >= 2) maps.push_back(x);
  }
  const auto heads = [&](std::int64_t values) {
    std::vector<Text> all;
    for (const Text& map : maps) {
      const Text last = net.op("Transpose", {net.conv(map, width, 6 * values, 3)}, {ints_attr("perm", {0, 2, 3, 1})});
      all.push_back(net.op("Reshape", {last, net.ints({1, -1, values})}));
    }
    return net.op("Concat", all, {int_attr("axis", 1)});
  };
  net.output(heads(4), "raw_boxes");
  net.output(net.op("Sigmoid", {heads(91)}), "scores");
}

/// A table whose columns attend to one another.
void table_with_attention(Net& net) {
  const Text columns = net.op("Unsqueeze", {net.input("features", {"batch", 24}), net.ints({2})});
  const Text tokens = net.op("Add", {net.op("Mul", {columns, net.weight({1, 24, 64})}), net.weight({1, 24, 64})});
  const Text x = net.encoder(tokens, 64, 4, 3);
  net.output(net.gemm(net.op("Gather", {x, net.integer(0)}, {int_attr("axis", 1)}), 64, 1));
}

/// Words for a picture, each from the picture and the words before it.
void captioner(Net& net) {
  const Text image = net.tokens_of(net.conv(net.input("pixel_values", {1, 3, 224, 224}), 3, 256, 32, 32), 256);
  const Text memory = net.encoder(image, 256, 4, 3);
  const Text ids = net.ids("decoder_input_ids", {1, 20});
  const Text mask = net.causal_mask(ids);
  Text x = net.embed(ids, 30522, 256);
  for (int layer = 0; layer < 3; ++layer) {
    const Text normed = net.layer_norm(x, 256);
    x = net.op("Add", {x, net.attention(normed, normed, 256, 4, mask)});
    x = net.op("Add", {x, net.attention(net.layer_norm(x, 256), memory, 256, 4)});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 256), 256)});
  }
  net.output(net.linear(x, 256, 30522));
}

/// T5's encoder as it is exported: positions are compared, but for the bucket that a distance is looked up by, with the
/// sign of the distance as a triangle.
void encoder_of_distances(Net& net, const Text& ids, const Text& upper) {
  const Text row =
      net.op("Unsqueeze", {net.op("Range", {net.integer(0), net.integer(32), net.integer(1)}), net.ints({0})});
  const Text column = net.op("Transpose", {row}, {ints_attr("perm", {1, 0})});
  const Text distance = net.op("Abs", {net.op("Sub", {row, column})});
  const Text later =
      net.op("Mul", {net.op("Cast", {net.op("Greater", {row, column})}, {int_attr("to", 7)}), net.integer(16)});
  const Text near =
      net.op("Where", {net.op("Less", {row, column}), distance, net.op("Min", {distance, net.integer(15)})});
  const Text bucket = net.op("Add", {upper, net.op("Add", {later, near})});
  const Text bias =
      net.op("Transpose", {net.op("Gather", {net.weight({64, 4}), bucket})}, {ints_attr("perm", {2, 0, 1})});
  Text x = net.embed(ids, 32000, 256);
  for (int layer = 0; layer < 3; ++layer) {
    const Text normed = net.rms_norm(x, 256);
    x = net.op("Add", {x, net.attention(normed, normed, 256, 4, net.op("Unsqueeze", {bias, net.ints({0})}))});
    x = net.op("Add", {x, net.linear(net.op("Relu", {net.linear(net.rms_norm(x, 256), 256, 512)}), 512, 256)});
  }
  net.output(net.rms_norm(x, 256));
}

void encoder_of_buckets(Net& net) {
  std::vector<std::int64_t> triangle;
  for (int row = 0; row < 32; ++row) {
    for (int column = 0; column < 32; ++column) triangle.push_back(column > row ? 16 : 0);
  }
  net.graph().ints("upper", {32, 32}, triangle);
  const Text upper = "upper";
  encoder_of_distances(net, net.ids("input_ids", {1, 32}), upper);
}

/// Three layers behind large patches: a third of the work is the patch embedding's, as a convolution.
void shallow_vit(Net& net) {
  Text x = net.tokens_of(net.conv(net.input("pixel_values", {1, 3, 224, 224}), 3, 256, 32, 32), 256);
  x = net.op("Concat", {net.weight({1, 1, 256}), x}, {int_attr("axis", 1)});
  x = net.encoder(net.op("Add", {x, net.weight({1, 50, 256})}), 256, 8, 2);
  net.output(net.op("Gather", {x, net.integer(0)}, {int_attr("axis", 1)}));
}

/// One layer of a selective scan: layers of values that have their channels first, and a state that goes on from step
/// to step, each step a few nodes.
Text selective_scan(Net& net, const Text& in, std::int64_t steps) {
  const auto turned = [&](const Text& x) { return net.op("Transpose", {x}, {ints_attr("perm", {0, 2, 1})}); };
  const auto halves = net.ops("Split", {turned(net.op("MatMul", {net.rms_norm(in, 128), net.weight({128, 512})}))}, 2,
                              {int_attr("axis", 1), int_attr("num_outputs", 2)});
  const Text x = net.silu(net.conv(halves[0], 256, 256, 3, 1, 256, 1));
  const auto parts = net.ops("Split", {net.op("MatMul", {turned(x), net.weight({256, 40})}), net.ints({8, 16, 16})}, 3,
                             {int_attr("axis", 2)});
  const Text delta = net.op("Softplus", {net.op("MatMul", {net.weight({256, 8}), turned(parts[0])})});
  const Text wide = net.op("Unsqueeze", {delta, net.ints({3})});
  const Text decay = net.op("Exp", {net.op("Mul", {net.weight({1, 256, 1, 16}), wide})});
  const Text inflow = net.op("Mul", {net.op("Mul", {wide, net.op("Unsqueeze", {parts[1], net.ints({1})})}),
                                     net.op("Unsqueeze", {x, net.ints({3})})});
  Text state = net.weight({1, 256, 16});
  std::vector<Text> out;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto at = [&](const Text& of, std::int64_t axis) {
      return net.op("Gather", {of, net.integer(step)}, {int_attr("axis", axis)});
    };
    state = net.op("Add", {net.op("Mul", {at(decay, 2), state}), at(inflow, 2)});
    out.push_back(net.op("MatMul", {state, net.op("Unsqueeze", {at(parts[2], 1), net.ints({2})})}));
  }
  const Text scanned = net.op("Mul", {net.op("Concat", out, {int_attr("axis", 2)}), net.silu(halves[1])});
  return net.op("Add", {in, net.op("MatMul", {turned(scanned), net.weight({256, 128})})});
}

void state_space_states(Net& net) {
  const Text x = net.embed(net.ids("input_ids", {1, 12}), 1000, 128);
  net.output(net.rms_norm(selective_scan(net, selective_scan(net, x, 12), 12), 128));
}

void state_space_words(Net& net) {
  const Text x = net.embed(net.ids("input_ids", {1, 12}), 1000, 128);
  const Text last = net.rms_norm(selective_scan(net, selective_scan(net, x, 12), 12), 128);
  net.output(net.op("MatMul", {last, net.weight({128, 1000})}));
}

/// A cell of one's own, unrolled: each step's input through its layer, joined with the last state's.
void unrolled_cell(Net& net) {
  const Text x = net.input("series", {1, 24, 16});
  const Text of_input = net.weight({16, 64});
  const Text of_state = net.weight({64, 64});
  Text state = net.weight({1, 64});
  for (std::int64_t step = 0; step < 24; ++step) {
    const Text now =
        net.op("Squeeze", {net.op("Slice", {x, net.ints({step}), net.ints({step + 1}), net.ints({1})}), net.ints({1})});
    state = net.op("Tanh", {net.op("Add", {net.op("MatMul", {now, of_input}), net.op("MatMul", {state, of_state})})});
  }
  net.output(net.gemm(state, 64, 4));
}

constexpr ZooCase confusable_cases[] = {
    {"BERT of convolutions", "transformer", bert_of_convolutions},
    {"BERT of Einsums", "transformer", bert_of_einsums},
    {"a perceptron of two layers", "mlp", tiny_perceptron},
    {"experts behind attention", "llm", llm_of_experts},
    {"embedded tokens and a cache", "llm", llm_of_embeddings},
    {"LSTM with attention", "recurrent", lstm_with_attention, "hybrid"},
    {"spectra as pictures", "audio", spectrogram_classes},
    {"ViT with patches cut by Reshape", "transformer", vit_of_products},
    {"MobileNet SSD", "detector", mobilenet_ssd},
    {"a table with attention", "transformer", table_with_attention},
    {"captions", "transformer", captioner, "llm"},
    {"T5's encoder with its buckets", "transformer", encoder_of_buckets},
    {"a shallow ViT", "transformer", shallow_vit},
    {"a selective scan written out", "recurrent", state_space_states},
    {"the same with scores of words", "llm", state_space_words},
    {"a cell written out", "recurrent", unrolled_cell},
};

}  // namespace

std::span<const ZooCase> zoo_of_confusable_things() { return confusable_cases; }

}  // namespace costscan::test
