#include "reports/onnx_wire.hpp"

#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>

namespace costscan {
namespace {

constexpr std::uint32_t varint_type = 0;
constexpr std::uint32_t fixed64_type = 1;
constexpr std::uint32_t bytes_type = 2;
constexpr std::uint32_t fixed32_type = 5;

/// Numbers of onnx.proto's fields.
namespace field {
constexpr std::uint32_t model_graph = 7;
constexpr std::uint32_t model_metadata = 14;
constexpr std::uint32_t model_functions = 25;
constexpr std::uint32_t graph_node = 1;
constexpr std::uint32_t function_node = 7;
constexpr std::uint32_t node_attribute = 5;
constexpr std::uint32_t node_metadata = 9;
constexpr std::uint32_t attribute_name = 1;
constexpr std::uint32_t attribute_g = 6;
constexpr std::uint32_t attribute_graphs = 11;
constexpr std::uint32_t entry_key = 1;
constexpr std::uint32_t entry_value = 2;
}  // namespace field

/// Offsets into the file.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
};

struct Field {
  std::uint32_t number = 0;
  std::uint32_t type = 0;
  Extent whole;    ///< tag included
  Extent payload;  ///< of a length-delimited field
};

void append_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

void append_header(std::uint32_t number, std::uint64_t size, std::string& out) {
  append_varint(std::uint64_t{number} << 3 | bytes_type, out);
  append_varint(size, out);
}

void append_text(std::uint32_t number, std::string_view text, std::string& out) {
  append_header(number, text.size(), out);
  out += text;
}

/// The file through a small window, so that weights between two headers stay unread. What cannot be read ends the
/// rewriting.
class FileWindow {
 public:
  FileWindow(const std::filesystem::path& file, std::uint64_t size) : in_(file, std::ios::binary), size_(size) {}

  [[nodiscard]] bool failed() const { return failed_; }
  void fail() { failed_ = true; }

  std::uint8_t byte(std::uint64_t at) {
    if (at < begin_ || at - begin_ >= held_) load(at);
    return failed_ ? 0 : static_cast<std::uint8_t>(buffer_[at - begin_]);
  }

  std::string read(Extent extent) {
    std::string out(extent.size(), '\0');
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(extent.begin));
    in_.read(out.data(), static_cast<std::streamsize>(out.size()));
    failed_ = failed_ || !in_;
    return out;
  }

 private:
  void load(std::uint64_t at) {
    if (failed_ || at >= size_) return fail();
    begin_ = at;
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(at));
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    held_ = static_cast<std::uint64_t>(in_.gcount());
    failed_ = failed_ || held_ == 0;
  }

  std::ifstream in_;
  std::uint64_t size_;
  std::array<char, 16384> buffer_{};
  std::uint64_t begin_ = 0;
  std::uint64_t held_ = 0;
  bool failed_ = false;
};

/// Bytes and stretches in order, with their sum: a message's length stands before it.
class Output {
 public:
  explicit Output(const std::filesystem::path& file) : file_(file) {}

  void text(std::string_view bytes) {
    size_ += bytes.size();
    if (pieces_.empty() || !std::holds_alternative<std::string>(pieces_.back())) pieces_.emplace_back(std::string());
    std::get<std::string>(pieces_.back()) += bytes;
  }

  /// Small stretches are copied: a file is not opened for the sake of a name.
  void stretch(Extent extent, FileWindow& in) {
    constexpr std::uint64_t copied = 65536;
    if (extent.size() == 0) return;
    if (extent.size() <= copied) return text(in.read(extent));
    size_ += extent.size();
    pieces_.emplace_back(FileStretch{file_, extent.begin, extent.size()});
  }

  /// A length-delimited field whose contents are `inner`.
  void message(std::uint32_t number, Output&& inner) {
    std::string header;
    append_header(number, inner.size_, header);
    text(header);
    append(std::move(inner));
  }

  void append(Output&& inner) {
    for (auto& piece : inner.pieces_) {
      if (const auto* bytes = std::get_if<std::string>(&piece)) {
        text(*bytes);
      } else {
        size_ += std::get<FileStretch>(piece).length;
        pieces_.push_back(std::move(piece));
      }
    }
  }

  [[nodiscard]] ReportPieces take() && { return std::move(pieces_); }

 private:
  const std::filesystem::path& file_;
  ReportPieces pieces_;
  std::uint64_t size_ = 0;
};

class Annotator {
 public:
  Annotator(const std::filesystem::path& file, std::uint64_t size, const AnnotationSource& source)
      : file_(file), in_(file, size), size_(size), source_(source) {}

  std::optional<ReportPieces> run() {
    Output out = model({0, size_});
    if (in_.failed()) return std::nullopt;
    return std::move(out).take();
  }

 private:
  /// Copies the fields of a message, except where `replace` puts something else (then it returns true).
  template <class Replace>
  Output copy(Extent extent, const Replace& replace) {
    Output out(file_);
    std::uint64_t copied_to = extent.begin;
    for (std::uint64_t at = extent.begin; at < extent.end && !in_.failed();) {
      const Field found = next_field(at, extent.end);
      if (in_.failed()) break;
      at = found.whole.end;
      Output instead(file_);
      if (found.type != bytes_type || !replace(found, instead)) continue;
      out.stretch({copied_to, found.whole.begin}, in_);
      copied_to = found.whole.end;
      out.append(std::move(instead));
    }
    out.stretch({copied_to, extent.end}, in_);
    return out;
  }

  Output model(Extent extent) {
    std::int64_t functions = 0;
    Output out = copy(extent, [&](const Field& found, Output& instead) {
      if (found.number == field::model_graph) {
        instead.message(found.number, graph(found.payload, "main", field::graph_node));
      } else if (found.number == field::model_functions) {
        const std::string path = "function " + std::to_string(functions++);
        instead.message(found.number, graph(found.payload, path, field::function_node));
      } else {
        return found.number == field::model_metadata && is_own(found.payload);
      }
      return true;
    });
    out.text(entries(source_.model, field::model_metadata));
    return out;
  }

  /// A graph or a function, whose nodes are the field `node_field`.
  Output graph(Extent extent, const std::string& path, std::uint32_t node_field) {
    return copy(extent, [&](const Field& found, Output& instead) {
      if (found.number != node_field) return false;
      instead.message(found.number, node(found.payload, path, places_[path]++));
      return true;
    });
  }

  Output node(Extent extent, const std::string& graph_path, std::int64_t place) {
    Output out = copy(extent, [&](const Field& found, Output& instead) {
      if (found.number == field::node_metadata) return is_own(found.payload);
      if (found.number != field::node_attribute || !holds_graph(found.payload)) return false;
      instead.message(found.number, attribute(found.payload, graph_path, place));
      return true;
    });
    out.text(entries(source_.node(graph_path, place), field::node_metadata));
    return out;
  }

  Output attribute(Extent extent, const std::string& graph_path, std::int64_t place) {
    const std::string path = body_path(graph_path, place, text_field(extent, field::attribute_name));
    return copy(extent, [&](const Field& found, Output& instead) {
      if (found.number != field::attribute_g && found.number != field::attribute_graphs) return false;
      instead.message(found.number, graph(found.payload, path, field::graph_node));
      return true;
    });
  }

  bool holds_graph(Extent attribute) {
    bool found = false;
    each_field(attribute, [&](const Field& one) {
      found = found || one.number == field::attribute_g || one.number == field::attribute_graphs;
    });
    return found;
  }

  bool is_own(Extent entry) { return text_field(entry, field::entry_key).starts_with(source_.own_prefix); }

  /// The last field of that number, as protobuf reads it.
  std::string text_field(Extent message, std::uint32_t number) {
    std::string text;
    each_field(message, [&](const Field& one) {
      if (one.number == number && one.type == bytes_type) text = in_.read(one.payload);
    });
    return text;
  }

  template <class Visit>
  void each_field(Extent message, const Visit& visit) {
    for (std::uint64_t at = message.begin; at < message.end && !in_.failed();) {
      const Field found = next_field(at, message.end);
      if (in_.failed()) return;
      visit(found);
      at = found.whole.end;
    }
  }

  static std::string entries(const MetadataEntries& metadata, std::uint32_t number) {
    std::string out;
    for (const auto& [key, value] : metadata) {
      std::string entry;
      append_text(field::entry_key, key, entry);
      append_text(field::entry_value, value, entry);
      append_text(number, entry, out);
    }
    return out;
  }

  std::uint64_t varint(std::uint64_t& at, std::uint64_t end) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
      const std::uint64_t byte = in_.byte(at++);
      value |= (byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    in_.fail();
    return 0;
  }

  Field next_field(std::uint64_t at, std::uint64_t end) {
    Field found;
    found.whole.begin = at;
    const std::uint64_t tag = varint(at, end);
    found.number = static_cast<std::uint32_t>(tag >> 3);
    found.type = static_cast<std::uint32_t>(tag & 7);
    std::uint64_t size = 0;
    switch (found.type) {
      case varint_type: varint(at, end); break;
      case fixed64_type: size = 8; break;
      case fixed32_type: size = 4; break;
      case bytes_type: size = varint(at, end); break;
      default: in_.fail();
    }
    if (in_.failed() || size > end - at) {
      in_.fail();
      return found;
    }
    found.payload = {at, at + size};
    found.whole.end = at + size;
    return found;
  }

  const std::filesystem::path& file_;
  FileWindow in_;
  std::uint64_t size_;
  const AnnotationSource& source_;
  std::map<std::string, std::int64_t> places_;  ///< nodes seen of each graph
};

}  // namespace

std::string body_path(const std::string& graph, std::int64_t place, std::string_view attribute) {
  return graph + "/" + std::to_string(place) + ":" + std::string(attribute);
}

Result<ReportPieces> annotate_wire(const std::filesystem::path& file, std::uint64_t size,
                                   const AnnotationSource& source) {
  std::error_code error;
  const bool same = std::filesystem::file_size(file, error) == size && !error;
  auto pieces = same ? Annotator(file, size, source).run() : std::nullopt;
  if (!pieces) {
    return fail(ErrorKind::input, file.string() + ": changed while it was analysed; run the command again");
  }
  return *std::move(pieces);
}

}  // namespace costscan
