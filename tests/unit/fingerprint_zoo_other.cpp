#include "unit/fingerprint_zoo.hpp"

namespace costscan::test {
namespace {

using Text = Net::Text;

/// Sines and cosines of a step, then two layers.
Text time_embedding(Net& net, const Text& step, std::int64_t width) {
  const Text t = net.op("Cast", {step}, {int_attr("to", 1)});
  const Text angles = net.op("Mul", {net.op("Unsqueeze", {t, net.ints({1})}), net.weight({1, 32})});
  const Text waves = net.op("Concat", {net.op("Sin", {angles}), net.op("Cos", {angles})}, {int_attr("axis", -1)});
  return net.gemm(net.silu(net.gemm(waves, 64, width)), width, width);
}

Text residual_block(Net& net, const Text& x, std::int64_t in, std::int64_t out, std::int64_t side, const Text& time) {
  Text y = net.conv(net.silu(net.group_norm(x, in, side)), in, out, 3);
  if (!time.empty()) {
    const Text shift = net.op("Unsqueeze", {net.gemm(net.silu(time), 128, out), net.ints({2, 3})});
    y = net.op("Add", {y, shift});
  }
  y = net.conv(net.silu(net.group_norm(y, out, side)), out, out, 3);
  return net.op("Add", {in == out ? x : net.conv(x, in, out, 1), y});
}

void denoise(Net& net, const Text& sample, const Text& step, const Text& text) {
  const Text time = time_embedding(net, step, 128);
  Text x = net.conv(sample, 4, 64, 3);
  const Text first = residual_block(net, x, 64, 64, 32, time);
  x = residual_block(net, net.conv(first, 64, 64, 3, 2), 64, 128, 16, time);
  if (!text.empty()) {
    const Text tokens = net.tokens_of(net.group_norm(x, 128, 16), 128);
    const Text seen = net.op("Add", {tokens, net.attention(net.layer_norm(tokens, 128), text, 128, 4, "", 768)});
    x = net.op("Add", {x, net.map_of(seen, 128, 16)});
  }
  x = net.op("Concat", {net.upsample(x), first}, {int_attr("axis", 1)});
  x = residual_block(net, x, 192, 64, 32, time);
  net.output(net.conv(net.silu(net.group_norm(x, 64, 32)), 64, 4, 3));
}

void latent_unet(Net& net) {
  const Text sample = net.input("sample", {"batch", 4, 32, 32});
  const Text step = net.ids("timestep", {1});
  denoise(net, sample, step, net.input("encoder_hidden_states", {"batch", 77, 768}));
}

/// Nothing is told by names.
void nameless_unet(Net& net) {
  const Text sample = net.input("x", {1, 4, 32, 32});
  const Text step = net.input("t", {1});
  denoise(net, sample, step, "");
}

void diffusion_transformer(Net& net) {
  const Text time = time_embedding(net, net.input("t", {1}), 128);
  Text x = net.tokens_of(net.conv(net.input("latent", {1, 4, 32, 32}), 4, 128, 2, 2), 128);
  for (int block = 0; block < 4; ++block) {
    const Text shift = net.op("Unsqueeze", {net.gemm(net.silu(time), 128, 128), net.ints({1})});
    const Text normed = net.op("Add", {net.layer_norm(x, 128), shift});
    x = net.op("Add", {x, net.attention(normed, normed, 128, 4)});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 128), 128)});
  }
  x = net.op("Reshape", {net.linear(x, 128, 16), net.ints({1, 16, 16, 2, 2, 4})});
  x = net.op("Transpose", {x}, {ints_attr("perm", {0, 5, 1, 3, 2, 4})});
  net.output(net.op("Reshape", {x, net.ints({1, 4, 32, 32})}));
}

void latent_decoder(Net& net) {
  Text x = net.conv(net.input("latent_sample", {1, 4, 32, 32}), 4, 128, 3);
  std::int64_t side = 32;
  std::int64_t width = 128;
  for (int up = 0; up < 3; ++up) {
    x = residual_block(net, x, width, up == 0 ? 128 : 64, side, "");
    width = up == 0 ? 128 : 64;
    x = net.conv(net.upsample(x), width, width, 3);
    side *= 2;
  }
  net.output(net.conv(net.silu(net.group_norm(x, width, side)), width, 3, 3));
}

void latent_encoder(Net& net) {
  Text x = net.conv(net.input("sample", {1, 3, 256, 256}), 3, 64, 3);
  std::int64_t side = 256;
  for (int down = 0; down < 3; ++down) {
    x = residual_block(net, residual_block(net, x, 64, 64, side, ""), 64, 64, side, "");
    x = net.conv(x, 64, 64, 3, 2);
    side /= 2;
  }
  net.output(net.conv(net.silu(net.group_norm(x, 64, side)), 64, 8, 3));
}

void tabular(Net& net) {
  Text x = net.input("features", {"batch", 30});
  std::int64_t width = 30;
  for (const std::int64_t next : {128, 64, 2}) {
    x = net.gemm(x, width, next);
    if (next != 2) x = net.op("Relu", {net.batch_norm(x, next)});
    width = next;
  }
  net.output(net.op("Softmax", {x}));
}

void autoencoder(Net& net) {
  Text x = net.input("x", {1, 784});
  std::int64_t width = 784;
  for (const std::int64_t next : {128, 16, 128, 784}) {
    x = net.op("Tanh", {net.linear(x, width, next)});
    width = next;
  }
  net.output(x);
}

/// Categories looked up, numbers through a perceptron, all pairs of them multiplied.
void recommender(Net& net) {
  const Text dense = net.op("Relu", {net.gemm(net.input("dense", {1, 13}), 13, 16)});
  const Text sparse = net.ids("sparse", {1, 8});
  std::vector<Text> vectors{net.op("Unsqueeze", {dense, net.ints({1})})};
  for (std::int64_t table = 0; table < 8; ++table) {
    const Text id = net.op("Slice", {sparse, net.ints({table}), net.ints({table + 1}), net.ints({1})});
    vectors.push_back(net.embed(id, 1000 * (table + 1), 16));
  }
  const Text all = net.op("Concat", vectors, {int_attr("axis", 1)});
  const Text pairs = net.op("MatMul", {all, net.op("Transpose", {all}, {ints_attr("perm", {0, 2, 1})})});
  const Text flat = net.op("Concat", {net.op("Flatten", {pairs}), dense}, {int_attr("axis", 1)});
  net.output(net.op("Sigmoid", {net.gemm(net.op("Relu", {net.gemm(flat, 97, 64)}), 64, 1)}));
}

void trees(Net& net) {
  const auto out =
      net.ops("TreeEnsembleClassifier", {net.input("X", {"batch", 4})}, 2,
              {ints_attr("nodes_treeids", {0, 0, 0}), ints_attr("nodes_nodeids", {0, 1, 2}),
               ints_attr("nodes_featureids", {0, 0, 0}), attr("nodes_values", std::vector<float>{0.5F, 0, 0}, 6),
               attr("nodes_modes", std::vector<std::string>{"BRANCH_LEQ", "LEAF", "LEAF"}, 8),
               ints_attr("nodes_truenodeids", {1, 0, 0}), ints_attr("nodes_falsenodeids", {2, 0, 0}),
               ints_attr("class_treeids", {0, 0}), ints_attr("class_nodeids", {1, 2}), ints_attr("class_ids", {0, 1}),
               attr("class_weights", std::vector<float>{1, 1}, 6), ints_attr("classlabels_int64s", {0, 1})},
              "ai.onnx.ml");
  net.output(out[0]);
  net.output(out[1]);
}

void linear_classifier(Net& net) {
  const Text scaled =
      net.op("Scaler", {net.input("float_input", {"batch", 4})},
             {attr("offset", std::vector<float>{1, 2, 3, 4}, 6), attr("scale", std::vector<float>{1, 1, 1, 1}, 6)},
             "ai.onnx.ml");
  const auto out =
      net.ops("LinearClassifier", {scaled}, 2,
              {attr("coefficients", std::vector<float>(12, 1.0F), 6),
               attr("intercepts", std::vector<float>(3, 0.0F), 6), ints_attr("classlabels_ints", {0, 1, 2})},
              "ai.onnx.ml");
  net.output(out[0]);
}

/// A picture made ready for a network: nothing is learned here.
void preprocessing(Net& net) {
  const Text image = net.input("image", {1, 480, 640, 3}, DType::uint8);
  const Text x = net.op("Transpose", {net.op("Cast", {image}, {int_attr("to", 1)})}, {ints_attr("perm", {0, 3, 1, 2})});
  const Text sized = net.op("Resize", {x, "", "", net.ints({1, 3, 224, 224})});
  net.output(net.op("Div", {net.op("Sub", {sized, net.weight({3, 1, 1})}), net.weight({3, 1, 1})}));
}

void text_features(Net& net) {
  const Text text = net.input("text", {1}, DType::string);
  net.output(net.op("StringNormalizer", {text}, {attr("case_change_action", std::string("LOWER"), 3)}));
}

void one_operator(Net& net) { net.output(net.op("Relu", {net.input("x", {2, 3})})); }

constexpr ZooCase other_cases[] = {
    {"a latent U-Net with text", "diffusion", latent_unet},
    {"a U-Net without telling names", "diffusion", nameless_unet},
    {"DiT", "diffusion", diffusion_transformer},
    {"decoder of latents", "diffusion", latent_decoder},
    {"encoder of latents", "diffusion", latent_encoder},
    {"a perceptron over a table", "mlp", tabular},
    {"autoencoder", "mlp", autoencoder},
    {"DLRM", "mlp", recommender},
    {"trees", "other", trees},
    {"scaler and linear classifier", "other", linear_classifier},
    {"preprocessing", "other", preprocessing},
    {"string normaliser", "other", text_features},
    {"one operator", "other", one_operator},
};

}  // namespace

std::span<const ZooCase> zoo_of_other_things() { return other_cases; }

}  // namespace costscan::test
