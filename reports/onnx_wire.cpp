#include "reports/onnx_wire.hpp"

#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>

#include "files/wire.hpp"

namespace costscan {
namespace {

using wire::Extent;
using wire::Field;
namespace field = wire::field;

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

class Annotator {
 public:
  Annotator(const std::filesystem::path& file, std::uint64_t size, const AnnotationSource& source)
      : file_(file), in_(file, size), size_(size), source_(source) {}

  std::optional<ReportPieces> run() {
    PieceList out = model({0, size_});
    if (in_.failed()) return std::nullopt;
    return std::move(out).take();
  }

 private:
  /// Copies the fields of a message, except where `replace` puts something else (then it returns true).
  template <class Replace>
  PieceList copy(Extent extent, const Replace& replace) {
    PieceList out;
    std::uint64_t copied_to = extent.begin;
    each_field(extent, [&](const Field& found) {
      PieceList instead;
      if (!found.is_message || !replace(found, instead)) return;
      add_stretch({copied_to, found.whole.begin}, out);
      copied_to = found.whole.end;
      out.add(std::move(instead));
    });
    add_stretch({copied_to, extent.end}, out);
    return out;
  }

  /// Small stretches are copied: a file is not opened for the sake of a name.
  void add_stretch(Extent extent, PieceList& out) {
    constexpr std::uint64_t copied = 65536;
    if (extent.size() > copied) {
      out.add(FileStretch{file_, extent.begin, extent.size()});
    } else if (extent.size() > 0) {
      out.add(in_.read(extent));
    }
  }

  PieceList model(Extent extent) {
    std::int64_t functions = 0;
    PieceList out = copy(extent, [&](const Field& found, PieceList& instead) {
      if (found.number == field::model_graph) {
        instead.add(wire::message(found.number, graph(found.payload, "main", field::graph_node)));
      } else if (found.number == field::model_functions) {
        const std::string path = "function " + std::to_string(functions++);
        instead.add(wire::message(found.number, graph(found.payload, path, field::function_node)));
      } else {
        return found.number == field::model_metadata && is_own(found.payload);
      }
      return true;
    });
    out.add(entries(source_.model, field::model_metadata));
    return out;
  }

  /// A graph or a function, whose nodes are the field `node_field`.
  PieceList graph(Extent extent, const std::string& path, std::uint32_t node_field) {
    return copy(extent, [&](const Field& found, PieceList& instead) {
      if (found.number != node_field) return false;
      instead.add(wire::message(found.number, node(found.payload, path, places_[path]++)));
      return true;
    });
  }

  PieceList node(Extent extent, const std::string& graph_path, std::int64_t place) {
    PieceList out = copy(extent, [&](const Field& found, PieceList& instead) {
      if (found.number == field::node_metadata) return is_own(found.payload);
      if (found.number != field::node_attribute || !holds_graph(found.payload)) return false;
      instead.add(wire::message(found.number, attribute(found.payload, graph_path, place)));
      return true;
    });
    out.add(entries(source_.node(graph_path, place), field::node_metadata));
    return out;
  }

  PieceList attribute(Extent extent, const std::string& graph_path, std::int64_t place) {
    const std::string path = body_path(graph_path, place, text_field(extent, field::attribute_name));
    return copy(extent, [&](const Field& found, PieceList& instead) {
      if (found.number != field::attribute_g && found.number != field::attribute_graphs) return false;
      instead.add(wire::message(found.number, graph(found.payload, path, field::graph_node)));
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
      if (one.number == number && one.is_message) text = in_.read(one.payload);
    });
    return text;
  }

  template <class Visit>
  void each_field(Extent message, const Visit& visit) {
    for (std::uint64_t at = message.begin; at < message.end && !in_.failed();) {
      const auto found = wire::read_field(in_, at, message.end);
      if (!found) return in_.fail();
      if (in_.failed()) return;
      visit(*found);
      at = found->whole.end;
    }
  }

  static std::string entries(const MetadataEntries& metadata, std::uint32_t number) {
    std::string out;
    for (const auto& [key, value] : metadata) {
      out += wire::text_field_bytes(
          number, wire::text_field_bytes(field::entry_key, key) + wire::text_field_bytes(field::entry_value, value));
    }
    return out;
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
