#include "load/thin_file.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/unknown_field_set.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace costscan {
namespace {

/// Node, attribute and graph are three messages for each level of subgraphs; the rest is for types and tensors inside.
constexpr int message_depth = 3 * (deepest_subgraph + 1) + 100;

struct Signature {
  std::string_view start;
  const char* what;
};

/// What people hand to the command by mistake, by its first bytes.
constexpr std::array signatures{
    Signature{"version https://git-lfs", "is a Git LFS pointer, not the model; run `git lfs pull`"},
    Signature{"PK\x03\x04", "is a zip archive (a PyTorch checkpoint?); export the model with torch.onnx.export"},
    Signature{"\x89HDF", "is an HDF5 file (Keras?); convert it with tf2onnx"},
    Signature{"\x1f\x8b", "is compressed with gzip; unpack it first"},
    Signature{"{", "looks like JSON text; pass the binary .onnx file"},
    Signature{"ir_version:", "is an ONNX model in protobuf's text format; save it as binary .onnx"},
    Signature{"<", "looks like text or HTML; pass the binary .onnx file"},
};

/// The explanation for well-known other formats, or `otherwise`.
std::string not_onnx(std::span<const std::byte> bytes, std::string otherwise) {
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 64));
  for (const Signature& signature : signatures) {
    if (start.starts_with(signature.start)) return signature.what;
  }
  if (start.size() >= 8 && start.substr(4, 4) == "ORTM") {
    return "is in ONNX Runtime's own .ort format; pass the .onnx file that it was made from";
  }
  if (start.size() >= 8 && start.substr(4, 4) == "TFL3") return "is a TensorFlow Lite model; convert it with tf2onnx";
  const auto is_text = [](char byte) {
    return byte == '\n' || byte == '\r' || byte == '\t' || (byte >= ' ' && byte <= '~');
  };
  if (std::ranges::all_of(start, is_text)) return "is not an ONNX model but text; pass the binary .onnx file";
  return otherwise;
}

}  // namespace

Parsed<ThinFile> open_thin(const std::filesystem::path& path) {
  auto file = map_file(path);
  if (!file) return tl::unexpected(file.error());
  if (file->bytes.empty()) return refuse("is empty; export or copy it again");
  auto thin = thin_model(file->bytes.size(), file->read);
  if (!thin) return refuse(not_onnx(file->bytes, thin.error()));

  // One arena for the whole message: a graph of 100,000 nodes is a million small objects.
  const auto arena = std::make_shared<google::protobuf::Arena>();
  const std::shared_ptr<onnx::ModelProto> proto(arena,
                                                google::protobuf::Arena::CreateMessage<onnx::ModelProto>(arena.get()));
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(thin->bytes.data()),
                                                static_cast<int>(thin->bytes.size()));
  stream.SetRecursionLimit(message_depth);
  if (!proto->MergeFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    return refuse(not_onnx(file->bytes,
                           "is not an ONNX model or is damaged (protobuf cannot parse it); export or copy it "
                           "again"));
  }
  std::vector<bool> claimed(thin->payloads.size(), false);
  return ThinFile{std::move(*file), proto, std::move(thin->payloads), std::move(claimed)};
}

Parsed<std::optional<BulkPayload>> claim_payload(ThinFile& thin, const onnx::TensorProto& tensor) {
  const auto& unknown = tensor.unknown_fields();
  std::optional<BulkPayload> found;
  for (int i = 0; i < unknown.field_count(); ++i) {
    if (unknown.field(i).number() != bulk_marker_field) continue;
    const bool is_varint = unknown.field(i).type() == google::protobuf::UnknownField::TYPE_VARINT;
    const std::uint64_t index = is_varint ? unknown.field(i).varint() : thin.payloads.size();
    if (found || index >= thin.payloads.size() || thin.claimed[index]) {
      return refuse("holds its data twice or a field that ONNX does not define; the file is damaged");
    }
    thin.claimed[index] = true;
    found = thin.payloads[index];
  }
  return found;
}

}  // namespace costscan
