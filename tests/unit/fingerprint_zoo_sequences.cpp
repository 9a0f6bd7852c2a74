#include "unit/fingerprint_zoo.hpp"

namespace costscan::test {
namespace {

using Text = Net::Text;
constexpr std::int64_t vocabulary = 32000;

void bert(Net& net) {
  const Text ids = net.ids("input_ids", {"batch", "sequence"});
  const Text mask = net.padding_mask(net.ids("attention_mask", {"batch", "sequence"}));
  net.output(net.encoder(net.embed(ids, vocabulary, 256), 256, 4, 4, mask));
}

/// Masked words are filled in: scores over the vocabulary, but everything sees everything.
void bert_with_vocabulary(Net& net) {
  const Text ids = net.ids("input_ids", {1, 128});
  net.output(net.linear(net.encoder(net.embed(ids, vocabulary, 256), 256, 4, 4), 256, vocabulary));
}

void t5_encoder(Net& net) {
  Text x = net.embed(net.ids("input_ids", {"batch", "sequence"}), vocabulary, 256);
  for (int layer = 0; layer < 4; ++layer) {
    const Text normed = net.rms_norm(x, 256);
    x = net.op("Add", {x, net.attention(normed, normed, 256, 4)});
    x = net.op("Add", {x, net.linear(net.op("Relu", {net.linear(net.rms_norm(x, 256), 256, 1024)}), 1024, 256)});
  }
  net.output(net.rms_norm(x, 256));
}

Text decoder_layers(Net& net, Text x, const Text& memory, const Text& mask, int layers) {
  for (int layer = 0; layer < layers; ++layer) {
    const Text normed = net.layer_norm(x, 256);
    x = net.op("Add", {x, net.attention(normed, normed, 256, 4, mask)});
    if (!memory.empty()) x = net.op("Add", {x, net.attention(net.layer_norm(x, 256), memory, 256, 4)});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 256), 256)});
  }
  return x;
}

void decoder_of_states(Net& net) {
  const Text ids = net.ids("decoder_input_ids", {"batch", "sequence"});
  const Text memory = net.input("encoder_hidden_states", {"batch", "encoder_sequence", 256});
  const Text x = decoder_layers(net, net.embed(ids, vocabulary, 256), memory, net.causal_mask(ids), 4);
  net.output(net.linear(x, 256, vocabulary));
}

/// One text in, another one out, in one graph.
void translator(Net& net) {
  const Text ids = net.ids("input_ids", {1, 64});
  const Text decoded = net.ids("decoder_input_ids", {1, 32});
  const Text memory = net.encoder(net.embed(ids, vocabulary, 256), 256, 4, 3);
  const Text x = decoder_layers(net, net.embed(decoded, vocabulary, 256), memory, net.causal_mask(decoded), 3);
  net.output(net.linear(x, 256, vocabulary));
}

void clip(Net& net) {
  const Text ids = net.ids("input_ids", {"text_batch", 77});
  const Text text = net.encoder(net.embed(ids, 49408, 256), 256, 4, 3, net.causal_mask(ids));
  const Text image = net.tokens_of(net.conv(net.input("pixel_values", {"batch", 3, 224, 224}), 3, 256, 32, 32), 256);
  const Text seen = net.encoder(image, 256, 4, 3);
  net.output(net.op("ReduceMean", {text, net.ints({1})}, {int_attr("keepdims", 0)}), "text_embeds");
  net.output(net.op("ReduceMean", {seen, net.ints({1})}, {int_attr("keepdims", 0)}), "image_embeds");
}

void vectors_over_time(Net& net) {
  const Text x = net.linear(net.input("past_target", {"batch", 96, 7}), 7, 64);
  net.output(net.linear(net.encoder(x, 64, 4, 3), 64, 7));
}

void gpt(Net& net) {
  const Text ids = net.ids("input_ids", {"batch", "sequence"});
  const Text x = decoder_layers(net, net.embed(ids, 50257, 256), "", net.causal_mask(ids), 4);
  net.output(net.op("MatMul", {net.layer_norm(x, 256), net.weight({256, 50257})}));
}

/// Old exports keep the mask as a square of true and false, cut to size.
void gpt_with_buffer(Net& net) {
  const Text ids = net.ids("input1", {1, 16});
  const Text mask = net.op("Cast", {net.weight({1, 1, 1024, 1024}, DType::boolean)}, {int_attr("to", 1)});
  const Text cut = net.op("Slice", {mask, net.ints({0, 0}), net.ints({16, 16}), net.ints({2, 3})});
  net.output(decoder_layers(net, net.embed(ids, 50257, 256), "", cut, 4));
}

/// The runtime's own attention, which says of itself that it looks back only.
void gpt_of_runtime(Net& net) {
  Text x = net.embed(net.ids("input_ids", {1, 64}), 50257, 256);
  for (int layer = 0; layer < 4; ++layer) {
    const Text qkv = net.op("Attention", {net.layer_norm(x, 256), net.weight({256, 768}), net.weight({768})},
                            {int_attr("num_heads", 4), int_attr("unidirectional", 1)}, "com.microsoft");
    x = net.op("Add", {x, net.linear(qkv, 256, 256)});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 256), 256)});
  }
  net.output(net.op("MatMul", {x, net.weight({256, 50257})}));
}

/// One step with its cache, 4-bit weights and grouped queries in the runtime's operators.
void llama_of_runtime(Net& net) {
  Text x = net.embed(net.ids("input_ids", {1, 1}), vocabulary, 256);
  const Text last = net.input("seqlens_k", {1, 1}, DType::int32);
  const Text total = net.input("total_sequence_length", {1}, DType::int32);
  const auto product = [&](const Text& in, std::int64_t k, std::int64_t n) {
    return net.op("MatMulNBits", {in, net.weight({n, k / 32, 16}, DType::uint8), net.weight({n * k / 32})},
                  {int_attr("K", k), int_attr("N", n), int_attr("bits", 4), int_attr("block_size", 32)},
                  "com.microsoft");
  };
  for (int layer = 0; layer < 3; ++layer) {
    const Text at = std::to_string(layer);
    const Text normed = net.rms_norm(x, 256);
    const auto out = net.ops("GroupQueryAttention",
                             {product(normed, 256, 256), product(normed, 256, 64), product(normed, 256, 64),
                              net.input("past_key_values." + at + ".key", {1, 1, 128, 64}),
                              net.input("past_key_values." + at + ".value", {1, 1, 128, 64}), last, total},
                             3, {int_attr("num_heads", 4), int_attr("kv_num_heads", 1)}, "com.microsoft");
    x = net.op("Add", {x, product(out[0], 256, 256)});
    x = net.op("Add", {x, net.gated(net.rms_norm(x, 256), 256, 768)});
    net.output(out[1], "present." + at + ".key");
    net.output(out[2], "present." + at + ".value");
  }
  net.output(net.op("MatMul", {net.rms_norm(x, 256), net.weight({256, vocabulary})}), "logits");
}

/// A state instead of attention: a short convolution and a running sum over the sequence.
void state_space(Net& net) {
  Text x = net.embed(net.ids("input_ids", {1, 128}), vocabulary, 256);
  for (int layer = 0; layer < 4; ++layer) {
    Text y = net.op("MatMul", {net.rms_norm(x, 256), net.weight({256, 512})});
    y = net.op("Transpose",
               {net.conv(net.op("Transpose", {y}, {ints_attr("perm", {0, 2, 1})}), 512, 512, 3, 1, 512, 1)},
               {ints_attr("perm", {0, 2, 1})});
    y = net.op("CumSum", {net.silu(y), net.integer(1)});
    x = net.op("Add", {x, net.op("MatMul", {y, net.weight({512, 256})})});
  }
  net.output(net.op("MatMul", {net.rms_norm(x, 256), net.weight({256, vocabulary})}));
}

void conformer(Net& net) {
  Text x = net.op("Unsqueeze", {net.input("features", {1, 400, 80}), net.ints({1})});
  x = net.op("Relu", {net.conv(net.op("Relu", {net.conv(x, 1, 64, 3, 2)}), 64, 64, 3, 2)});
  x = net.op("Reshape", {net.op("Transpose", {x}, {ints_attr("perm", {0, 2, 1, 3})}), net.ints({1, 100, 1280})});
  x = net.linear(x, 1280, 256);
  for (int block = 0; block < 4; ++block) {
    const Text normed = net.layer_norm(x, 256);
    x = net.op("Add", {x, net.attention(normed, normed, 256, 4)});
    Text y = net.op("Transpose", {net.layer_norm(x, 256)}, {ints_attr("perm", {0, 2, 1})});
    y = net.silu(net.batch_norm(net.conv(y, 256, 256, 15, 1, 256, 1), 256));
    x = net.op("Add", {x, net.op("Transpose", {y}, {ints_attr("perm", {0, 2, 1})})});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 256), 256)});
  }
  net.output(net.linear(x, 256, 128));
}

/// Samples, thinned out by 1-D convolutions.
void samples_encoder(Net& net) {
  Text x = net.op("Unsqueeze", {net.input("wave", {"batch", 16000}), net.ints({1})});
  std::int64_t width = 1;
  for (const std::int64_t stride : {5, 2, 2, 2, 2}) {
    x = net.gelu(net.conv(x, width, 128, stride == 5 ? 10 : 3, stride, 1, 1));
    width = 128;
  }
  x = net.op("Transpose", {x}, {ints_attr("perm", {0, 2, 1})});
  net.output(net.encoder(x, 128, 4, 4));
}

/// Spectra into samples.
void vocoder(Net& net) {
  Text x = net.conv(net.input("mel", {1, 80, 100}), 80, 128, 7, 1, 1, 1);
  std::int64_t width = 128;
  for (int up = 0; up < 4; ++up) {
    x = net.deconv(net.op("LeakyRelu", {x}), width, width / 2, 1);
    width /= 2;
    for (int block = 0; block < 2; ++block)
      x = net.op("Add", {x, net.conv(net.op("LeakyRelu", {x}), width, width, 3, 1, 1, 1)});
  }
  net.output(net.op("Tanh", {net.conv(x, width, 1, 7, 1, 1, 1)}));
}

void spectrum_inside(Net& net) {
  const Text wave = net.input("x", {1, 4096, 1});
  const Text spectrum = net.op("STFT", {wave, net.integer(128), net.weight({256})});
  const Text power =
      net.op("ReduceSum", {net.op("Mul", {spectrum, spectrum}), net.ints({-1})}, {int_attr("keepdims", 0)});
  net.output(net.linear(net.op("Relu", {net.linear(power, 129, 64)}), 64, 10));
}

Text lstm(Net& net, const Text& x, std::int64_t in, std::int64_t hidden) {
  const Text y = net.ops("LSTM", {x, net.weight({1, 4 * hidden, in}), net.weight({1, 4 * hidden, hidden})}, 1,
                         {int_attr("hidden_size", hidden)})[0];
  return net.op("Squeeze", {y, net.ints({1})});
}

void lstm_tagger(Net& net) {
  const Text ids = net.op("Transpose", {net.ids("tokens", {"batch", "sequence"})}, {ints_attr("perm", {1, 0})});
  net.output(net.linear(lstm(net, lstm(net, net.embed(ids, 5000, 64), 64, 128), 128, 128), 128, 17));
}

void lstm_language_model(Net& net) {
  net.output(net.linear(lstm(net, net.embed(net.ids("input", {35, 1}), 10000, 200), 200, 200), 200, 10000));
}

void gru_series(Net& net) {
  const Text x = net.op("Transpose", {net.input("series", {1, 48, 12})}, {ints_attr("perm", {1, 0, 2})});
  const auto y =
      net.ops("GRU", {x, net.weight({1, 192, 12}), net.weight({1, 192, 64})}, 2, {int_attr("hidden_size", 64)});
  net.output(net.gemm(net.op("Squeeze", {y[1], net.ints({0})}), 64, 1));
}

/// A cell of one's own, step by step.
void scanned_cell(Net& net) {
  GraphBuilder body;
  body.formal("h").formal("x_t").weight("u", DType::float32, {64, 64}).weight("w", DType::float32, {16, 64});
  body.node("MatMul", {"h", "u"}, {"hu"}).node("MatMul", {"x_t", "w"}, {"xw"}).node("Add", {"hu", "xw"}, {"s"});
  body.node("Tanh", {"s"}, {"h_next"}).node("Identity", {"h_next"}, {"y_t"}).output("h_next").output("y_t");
  const Text x = net.input("x", {50, 1, 16});
  const auto out =
      net.ops("Scan", {net.weight({1, 64}), x}, 2, {int_attr("num_scan_inputs", 1), graph_attr("body", body.graph())});
  net.output(out[1]);
}

constexpr ZooCase sequence_cases[] = {
    {"BERT", "transformer", bert},
    {"BERT that fills in words", "transformer", bert_with_vocabulary},
    {"T5's encoder", "transformer", t5_encoder},
    {"a decoder of another model's states", "transformer", decoder_of_states},
    {"a translator in one graph", "transformer", translator},
    {"CLIP", "transformer", clip},
    {"attention over vectors in time", "transformer", vectors_over_time},
    {"GPT", "llm", gpt},
    {"GPT with its mask as a constant", "llm", gpt_with_buffer},
    {"GPT of the runtime's operators", "llm", gpt_of_runtime},
    {"Llama of the runtime's operators", "llm", llama_of_runtime},
    {"state space", "llm", state_space},
    {"Conformer", "audio", conformer},
    {"samples and attention", "audio", samples_encoder},
    {"vocoder", "audio", vocoder},
    {"a spectrum inside", "audio", spectrum_inside},
    {"LSTM tagger", "recurrent", lstm_tagger},
    {"LSTM language model", "recurrent", lstm_language_model},
    {"GRU over a series", "recurrent", gru_series},
    {"a scanned cell", "recurrent", scanned_cell},
};

}  // namespace

std::span<const ZooCase> zoo_of_sequences() { return sequence_cases; }

}  // namespace costscan::test
