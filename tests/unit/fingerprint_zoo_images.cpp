#include "unit/fingerprint_zoo.hpp"

namespace costscan::test {
namespace {

using Text = Net::Text;

void resnet(Net& net) { net.output(net.classify(net.backbone(net.input("x", {1, 3, 224, 224})).back(), 256, 1000)); }

/// TensorFlow's layout: channels last, moved once at the door.
void keras_resnet(Net& net) {
  const Text x = net.op("Transpose", {net.input("input_1", {"batch", 224, 224, 3})}, {ints_attr("perm", {0, 3, 1, 2})});
  net.output(net.op("Softmax", {net.classify(net.backbone(x).back(), 256, 1000)}));
}

void vgg(Net& net) {
  Text x = net.input("data", {1, 3, 224, 224});
  std::int64_t width = 3;
  for (const std::int64_t next : {16, 32, 64, 64, 64}) {
    x = net.op("Relu", {net.conv(x, width, next, 3)});
    x = net.op("MaxPool", {x}, {ints_attr("kernel_shape", {2, 2}), ints_attr("strides", {2, 2})});
    width = next;
  }
  x = net.op("Relu", {net.gemm(net.op("Flatten", {x}), 64 * 49, 4096)});
  net.output(net.gemm(x, 4096, 1000));
}

void squeeze_like(Net& net) {
  Text x = net.op("Relu", {net.conv(net.input("data_0", {1, 3, 224, 224}), 3, 64, 3, 2)});
  for (int fire = 0; fire < 6; ++fire) {
    const Text squeezed = net.op("Relu", {net.conv(x, 64, 16, 1)});
    x = net.op("Concat",
               {net.op("Relu", {net.conv(squeezed, 16, 32, 1)}), net.op("Relu", {net.conv(squeezed, 16, 32, 3)})},
               {int_attr("axis", 1)});
  }
  net.output(net.op("GlobalAveragePool", {net.conv(x, 64, 1000, 1)}));
}

/// Depthwise convolutions, LayerNorm and products on channels last.
void convnext(Net& net) {
  Text x = net.conv(net.input("pixel_values", {1, 3, 224, 224}), 3, 96, 4, 4);
  for (int block = 0; block < 6; ++block) {
    Text y = net.op("Transpose", {net.conv(x, 96, 96, 7, 1, 96)}, {ints_attr("perm", {0, 2, 3, 1})});
    y = net.feed_forward(net.layer_norm(y, 96), 96);
    x = net.op("Add", {x, net.op("Transpose", {y}, {ints_attr("perm", {0, 3, 1, 2})})});
  }
  net.output(net.classify(x, 96, 1000));
}

void unet_segmentation(Net& net) {
  Text x = net.input("image", {1, 3, 256, 256});
  std::vector<Text> skips;
  std::int64_t width = 3;
  for (const std::int64_t next : {16, 32, 64}) {
    x = net.conv_bn_relu(net.conv_bn_relu(x, width, next, 3), next, next, 3);
    skips.push_back(x);
    x = net.op("MaxPool", {x}, {ints_attr("kernel_shape", {2, 2}), ints_attr("strides", {2, 2})});
    width = next;
  }
  for (int level = 2; level >= 0; --level) {
    const std::int64_t here = std::int64_t{16} << level;
    x = net.op("Concat", {net.deconv(x, width, here), skips[static_cast<std::size_t>(level)]}, {int_attr("axis", 1)});
    x = net.conv_bn_relu(x, 2 * here, here, 3);
    width = here;
  }
  net.output(net.op("Sigmoid", {net.conv(x, 16, 1, 1)}));
}

void super_resolution(Net& net) {
  Text x = net.op("Relu", {net.conv(net.input("input", {1, 1, 224, 224}), 1, 64, 5)});
  x = net.op("Relu", {net.conv(x, 64, 64, 3)});
  x = net.op("Relu", {net.conv(x, 64, 32, 3)});
  net.output(net.op("DepthToSpace", {net.conv(x, 32, 9, 3)}, {int_attr("blocksize", 3)}));
}

void style_transfer(Net& net) {
  Text x = net.input("input1", {1, 3, 224, 224});
  std::int64_t width = 3;
  for (const std::int64_t next : {32, 64, 64, 64, 64, 32}) {
    x = net.conv(x, width, next, 3);
    x = net.op("Relu", {net.op("InstanceNormalization", {x, net.weight({next}), net.weight({next})})});
    width = next;
  }
  net.output(net.conv(x, 32, 3, 9));
}

void dcgan(Net& net) {
  Text x = net.op("Reshape", {net.gemm(net.input("z", {1, 100}), 100, 512 * 16), net.ints({1, 512, 4, 4})});
  for (std::int64_t width = 512; width > 32; width /= 2)
    x = net.op("Relu", {net.batch_norm(net.deconv(x, width, width / 2), width / 2)});
  net.output(net.op("Tanh", {net.conv(x, 32, 3, 3)}));
}

void video_3d(Net& net) {
  Text x = net.input("clip", {1, 3, 16, 112, 112});
  std::int64_t width = 3;
  for (const std::int64_t next : {32, 64, 64}) {
    x = net.op("Relu", {net.conv(x, width, next, 3, 1, 1, 3)});
    x = net.op("MaxPool", {x}, {ints_attr("kernel_shape", {2, 2, 2}), ints_attr("strides", {2, 2, 2})});
    width = next;
  }
  net.output(net.classify(x, 64, 400));
}

Text patches(Net& net, const Text& image, std::int64_t width, std::int64_t size) {
  return net.tokens_of(net.conv(image, 3, width, size, size), width);
}

void vit(Net& net) {
  Text x = patches(net, net.input("pixel_values", {"batch", 3, 224, 224}), 192, 16);
  x = net.op("Add", {x, net.weight({1, 196, 192})});
  x = net.encoder(x, 192, 3, 4);
  net.output(net.gemm(net.op("Gather", {x, net.integer(0)}, {int_attr("axis", 1)}), 192, 1000));
}

/// Attention within windows of 7 x 7.
void swin(Net& net) {
  Text x = patches(net, net.input("pixel_values", {1, 3, 224, 224}), 96, 4);
  for (int block = 0; block < 4; ++block) {
    Text y = net.op("Reshape", {net.layer_norm(x, 96), net.ints({8, 7, 8, 7, 96})});
    y = net.op("Transpose", {y}, {ints_attr("perm", {0, 2, 1, 3, 4})});
    y = net.op("Reshape", {y, net.ints({64, 49, 96})});
    y = net.attention(y, y, 96, 3, net.weight({1, 3, 49, 49}));
    y = net.op("Transpose", {net.op("Reshape", {y, net.ints({8, 8, 7, 7, 96})})}, {ints_attr("perm", {0, 2, 1, 3, 4})});
    x = net.op("Add", {x, net.op("Reshape", {y, net.ints({1, 3136, 96})})});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 96), 96)});
  }
  net.output(net.gemm(net.op("ReduceMean", {x, net.ints({1})}, {int_attr("keepdims", 0)}), 96, 1000));
}

/// Convolutions in two stages, attention in the third.
void coatnet(Net& net) {
  const Text map = net.backbone(net.input("x", {1, 3, 224, 224}), 32, 1)[1];
  Text x = net.encoder(net.tokens_of(map, 128), 128, 4, 4);
  net.output(net.gemm(net.op("ReduceMean", {x, net.ints({1})}, {int_attr("keepdims", 0)}), 128, 1000));
}

/// Convolutions on maps and attention on unfolded patches in turn.
void mobile_attention(Net& net) {
  Text x = net.conv_bn_relu(net.conv_bn_relu(net.input("x", {1, 3, 256, 256}), 3, 32, 3, 2), 32, 64, 3, 2);
  for (int stage = 0; stage < 3; ++stage) {
    x = net.conv_bn_relu(net.conv_bn_relu(x, 64, 64, 3), 64, 64, 3);
    const Text small = net.conv_bn_relu(x, 64, 64, 3, 2);
    const Text mixed = net.encoder(net.tokens_of(small, 64), 64, 2, 2);
    x = net.conv(net.op("Concat", {small, net.map_of(mixed, 64, 64 >> (stage + 1))}, {int_attr("axis", 1)}), 128, 64,
                 3);
  }
  net.output(net.classify(x, 64, 1000));
}

/// Rows of numbers for every place of a map: [1, places x anchors, numbers].
Text rows_of(Net& net, const Text& map, std::int64_t channels, std::int64_t anchors, std::int64_t numbers) {
  const Text head = net.conv(map, channels, anchors * numbers, 3);
  const Text last = net.op("Transpose", {head}, {ints_attr("perm", {0, 2, 3, 1})});
  return net.op("Reshape", {last, net.ints({1, -1, numbers})});
}

void ssd(Net& net) {
  const std::vector<Text> maps = net.backbone(net.input("image", {1, 3, 320, 320}));
  std::vector<Text> boxes;
  std::vector<Text> scores;
  std::int64_t channels = 64;
  for (const Text& map : maps) {
    boxes.push_back(rows_of(net, map, channels, 6, 4));
    scores.push_back(rows_of(net, map, channels, 6, 81));
    channels *= 2;
  }
  net.output(net.op("Concat", boxes, {int_attr("axis", 1)}), "bboxes");
  net.output(net.op("Softmax", {net.op("Concat", scores, {int_attr("axis", 1)})}, {int_attr("axis", 2)}), "scores");
}

/// A feature pyramid, heads on each level, and the overlap sorted out in the graph.
void retinanet(Net& net) {
  const std::vector<Text> maps = net.backbone(net.input("image", {1, 3, 512, 512}));
  Text top = net.conv(maps[2], 256, 64, 1);
  std::vector<Text> levels{top};
  for (const std::size_t level : {1U, 0U}) {
    top = net.op("Add", {net.upsample(top), net.conv(maps[level], level == 1 ? 128 : 64, 64, 1)});
    levels.push_back(top);
  }
  std::vector<Text> boxes;
  std::vector<Text> scores;
  for (const Text& level : levels) {
    boxes.push_back(rows_of(net, level, 64, 9, 4));
    scores.push_back(rows_of(net, level, 64, 9, 80));
  }
  const Text box = net.op("Concat", boxes, {int_attr("axis", 1)});
  const Text score =
      net.op("Transpose", {net.op("Concat", scores, {int_attr("axis", 1)})}, {ints_attr("perm", {0, 2, 1})});
  net.output(net.op("NonMaxSuppression", {box, score, net.integer(100), net.scalar(0.5F), net.scalar(0.05F)}));
}

/// Boxes are decoded elsewhere: three maps of anchors come out.
void yolo_heads(Net& net) {
  const std::vector<Text> maps = net.backbone(net.input("images", {1, 3, 640, 640}));
  std::int64_t channels = 64;
  for (std::int64_t side = 80; const Text& map : maps) {
    const Text head = net.op("Reshape", {net.conv(map, channels, 255, 1), net.ints({1, 3, 85, side, side})});
    net.output(net.op("Transpose", {head}, {ints_attr("perm", {0, 1, 3, 4, 2})}), "output" + std::to_string(side));
    channels *= 2;
    side /= 2;
  }
}

/// One list of predictions for three scales, with objectness, as YOLOX and YOLOv5 give them.
void yolo_list(Net& net) {
  const std::vector<Text> maps = net.backbone(net.input("images", {1, 3, 640, 640}));
  std::vector<Text> parts;
  std::int64_t channels = 64;
  for (const Text& map : maps) {
    const Text head =
        net.op("Concat", {net.conv(map, channels, 4, 1), net.op("Sigmoid", {net.conv(map, channels, 81, 1)})},
               {int_attr("axis", 1)});
    parts.push_back(net.op("Reshape", {head, net.ints({1, 85, -1})}));
    channels *= 2;
  }
  net.output(net.op("Transpose", {net.op("Concat", parts, {int_attr("axis", 2)})}, {ints_attr("perm", {0, 2, 1})}));
}

void detr(Net& net) {
  const Text map = net.backbone(net.input("pixel_values", {1, 3, 640, 640})).back();
  const Text memory = net.encoder(net.op("Add", {net.tokens_of(map, 256), net.weight({1, 400, 256})}), 256, 8, 3);
  Text x = net.weight({1, 100, 256});
  for (int layer = 0; layer < 3; ++layer) {
    x = net.op("Add", {x, net.attention(x, x, 256, 8)});
    x = net.op("Add", {x, net.attention(net.layer_norm(x, 256), memory, 256, 8)});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 256), 256)});
  }
  net.output(net.linear(x, 256, 92), "logits");
  net.output(net.op("Sigmoid", {net.linear(net.op("Relu", {net.linear(x, 256, 256)}), 256, 4)}), "pred_boxes");
}

void two_stage(Net& net) {
  const Text image = net.op("Unsqueeze", {net.input("image", {3, 800, 800}), net.ints({0})});
  const Text map = net.backbone(image)[1];
  const Text rows = rows_of(net, map, 128, 3, 4);
  const Text score = net.op("Transpose", {rows_of(net, map, 128, 3, 1)}, {ints_attr("perm", {0, 2, 1})});
  const Text kept = net.op("NonMaxSuppression", {rows, score, net.integer(100), net.scalar(0.5F)});
  const Text which =
      net.op("Squeeze", {net.op("Slice", {kept, net.ints({2}), net.ints({3}), net.ints({1})}), net.ints({1})});
  const Text boxes = net.op("Gather", {net.op("Squeeze", {rows, net.ints({0})}), which});
  const Text zeros = net.op("Mul", {which, net.integer(0)});
  const Text pooled =
      net.op("RoiAlign", {map, boxes, zeros}, {int_attr("output_height", 7), int_attr("output_width", 7)});
  net.output(net.gemm(net.op("Flatten", {pooled}), 128 * 49, 91));
}

/// Maps of points, one for each joint: still an image network.
void keypoints(Net& net) {
  Text x = net.backbone(net.input("image", {1, 3, 256, 192})).back();
  std::int64_t width = 256;
  for (int step = 0; step < 3; ++step) {
    x = net.op("Relu", {net.deconv(x, width, 64)});
    width = 64;
  }
  net.output(net.conv(x, 64, 17, 1));
}

void mixer(Net& net) {
  Text x = patches(net, net.input("x", {1, 3, 224, 224}), 192, 16);
  for (int block = 0; block < 4; ++block) {
    Text y = net.op("Transpose", {net.layer_norm(x, 192)}, {ints_attr("perm", {0, 2, 1})});
    y = net.linear(net.gelu(net.linear(y, 196, 384)), 384, 196);
    x = net.op("Add", {x, net.op("Transpose", {y}, {ints_attr("perm", {0, 2, 1})})});
    x = net.op("Add", {x, net.feed_forward(net.layer_norm(x, 192), 192)});
  }
  net.output(net.gemm(net.op("ReduceMean", {x, net.ints({1})}, {int_attr("keepdims", 0)}), 192, 1000));
}

/// Weights from the left mix the patches.
void residual_mlp(Net& net) {
  Text x = patches(net, net.input("x", {1, 3, 224, 224}), 192, 16);
  for (int block = 0; block < 4; ++block) {
    x = net.op("Add", {x, net.op("MatMul", {net.weight({196, 196}), net.op("Mul", {x, net.weight({192})})})});
    x = net.op("Add", {x, net.feed_forward(net.op("Mul", {x, net.weight({192})}), 192)});
  }
  net.output(net.gemm(net.op("ReduceMean", {x, net.ints({1})}, {int_attr("keepdims", 0)}), 192, 1000));
}

/// Lines of text in an image: convolutions, then a recurrence over columns.
void crnn(Net& net) {
  Text x = net.input("image", {1, 1, 32, 256});
  std::int64_t width = 1;
  for (const std::int64_t next : {32, 64, 64, 128, 128, 128}) {
    x = net.conv_bn_relu(x, width, next, 3);
    width = next;
  }
  x = net.op("ReduceMean", {x, net.ints({2})}, {int_attr("keepdims", 0)});
  x = net.op("Transpose", {x}, {ints_attr("perm", {2, 0, 1})});
  x = net.ops("LSTM", {x, net.weight({1, 1024, 128}), net.weight({1, 1024, 256})}, 1,
              {int_attr("hidden_size", 256)})[0];
  net.output(net.linear(net.op("Squeeze", {x, net.ints({1})}), 256, 97));
}

/// Channels-last quantised products as QLinearConv.
void qlinear_resnet(Net& net) {
  const auto quantized = [&](const Text& x, std::int64_t in, std::int64_t out, std::int64_t stride) {
    const Text s = net.weight({});
    const Text zero = net.weight({}, DType::uint8);
    return net.op(
        "QLinearConv",
        {x, s, zero, net.weight({out, in, 3, 3}, DType::uint8), s, zero, s, zero, net.weight({out}, DType::int32)},
        {ints_attr("pads", {1, 1, 1, 1}), ints_attr("strides", {stride, stride})});
  };
  const Text scale = net.weight({});
  const Text zero = net.weight({}, DType::uint8);
  Text x = net.op("QuantizeLinear", {net.input("input", {1, 3, 224, 224}), scale, zero});
  x = quantized(x, 3, 32, 2);
  for (int layer = 0; layer < 6; ++layer) x = quantized(x, 32, 32, layer % 3 == 0 ? 2 : 1);
  x = net.op("DequantizeLinear", {x, scale, zero});
  net.output(net.classify(x, 32, 1000));
}

constexpr ZooCase image_cases[] = {
    {"resnet", "vision", resnet},
    {"resnet as Keras exports it", "vision", keras_resnet},
    {"VGG", "vision", vgg},
    {"SqueezeNet", "vision", squeeze_like},
    {"ConvNeXt", "vision", convnext},
    {"U-Net for segments", "vision", unet_segmentation},
    {"super-resolution", "vision", super_resolution},
    {"style transfer", "vision", style_transfer},
    {"DCGAN's generator", "vision", dcgan},
    {"3-D convolutions over a clip", "vision", video_3d},
    {"keypoints", "vision", keypoints},
    {"resnet of QLinearConv", "vision", qlinear_resnet},
    {"ViT", "transformer", vit},
    {"Swin", "transformer", swin},
    {"CoAtNet", "hybrid", coatnet},
    {"convolutions and attention in turn", "hybrid", mobile_attention},
    {"SSD", "detector", ssd},
    {"RetinaNet with its overlap sorted out", "detector", retinanet},
    {"YOLO, three maps out", "detector", yolo_heads},
    {"YOLO, one list out", "detector", yolo_list},
    {"DETR", "detector", detr},
    {"Faster R-CNN", "detector", two_stage},
    {"MLP-Mixer", "mlp", mixer},
    {"ResMLP", "mlp", residual_mlp},
    {"CRNN", "hybrid", crnn, "recurrent"},
};

}  // namespace

std::span<const ZooCase> zoo_of_images() { return image_cases; }

}  // namespace costscan::test
