#include "load/thin_wire.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>

namespace costscan {
namespace {

enum class Message { model, graph, node, attribute, tensor, sparse_tensor, function, training };

struct Nesting {
  Message parent;
  std::uint32_t field;
  Message child;
};

/// Where tensors can be, from the outside in (onnx.proto). All other messages are copied as they are.
constexpr std::array nestings{
    Nesting{Message::model, 7, Message::graph},
    Nesting{Message::model, 20, Message::training},
    Nesting{Message::model, 25, Message::function},
    Nesting{Message::training, 1, Message::graph},
    Nesting{Message::training, 2, Message::graph},
    Nesting{Message::function, 7, Message::node},
    Nesting{Message::function, 11, Message::attribute},
    Nesting{Message::graph, 1, Message::node},
    Nesting{Message::graph, 5, Message::tensor},
    Nesting{Message::graph, 15, Message::sparse_tensor},
    Nesting{Message::node, 5, Message::attribute},
    Nesting{Message::attribute, 5, Message::tensor},
    Nesting{Message::attribute, 6, Message::graph},
    Nesting{Message::attribute, 10, Message::tensor},
    Nesting{Message::attribute, 11, Message::graph},
    Nesting{Message::attribute, 22, Message::sparse_tensor},
    Nesting{Message::attribute, 23, Message::sparse_tensor},
    Nesting{Message::sparse_tensor, 1, Message::tensor},
    Nesting{Message::sparse_tensor, 2, Message::tensor},
};

constexpr std::optional<Message> child_of(Message parent, std::uint32_t field) noexcept {
  for (const Nesting& nesting : nestings) {
    if (nesting.parent == parent && nesting.field == field) return nesting.child;
  }
  return std::nullopt;
}

constexpr std::optional<PayloadField> payload_field(std::uint32_t field) noexcept {
  switch (field) {
    case 4: return PayloadField::float_data;
    case 9: return PayloadField::raw_data;
    case 10: return PayloadField::double_data;
    default: return std::nullopt;
  }
}

constexpr std::uint32_t varint_type = 0;
constexpr std::uint32_t fixed64_type = 1;
constexpr std::uint32_t bytes_type = 2;
constexpr std::uint32_t fixed32_type = 5;

/// A stretch of the file, as offsets from its start.
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

/// The part of the file that is being looked at. A failed read gives zero bytes and is remembered.
class Window {
 public:
  Window(std::uint64_t size, const ReadAt& read) : size_(size), read_(read) {}

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  std::uint64_t byte(std::uint64_t at) {
    if (at < begin_ || at - begin_ >= held_) load(at);
    return std::to_integer<std::uint64_t>(buffer_[at - begin_]);
  }

  void append(Extent extent, std::string& out) {
    if (extent.begin >= begin_ && extent.end <= begin_ + held_) {
      out.append(reinterpret_cast<const char*>(buffer_.data() + (extent.begin - begin_)), extent.size());
      return;
    }
    const std::size_t before = out.size();
    out.resize(before + extent.size());
    failed_ |= !read_(extent.begin, std::as_writable_bytes(std::span(out)).subspan(before));
  }

 private:
  void load(std::uint64_t at) {
    begin_ = at;
    held_ = std::min<std::uint64_t>(buffer_.size(), size_ - at);
    if (read_(begin_, std::span(buffer_).first(held_))) return;
    failed_ = true;
    buffer_.fill(std::byte{0});
  }

  std::uint64_t size_;
  const ReadAt& read_;
  std::array<std::byte, 16384> buffer_{};
  std::uint64_t begin_ = 0;
  std::uint64_t held_ = 0;
  bool failed_ = false;
};

class Thinner {
 public:
  Thinner(std::uint64_t size, const ReadAt& read) : file_(size, read) {}

  Parsed<ThinBytes> run() {
    auto done = message(Message::model, {0, file_.size()}, 0);
    if (file_.failed())
      return refuse("cannot be read to its end; check the disk and whether another program is writing it");
    if (!done) return tl::unexpected(done.error());
    return std::move(thin_);
  }

 private:
  Parsed<void> message(Message kind, Extent extent, int depth) {
    if (kind == Message::graph && ++depth > deepest_subgraph + 1) {
      return refuse("subgraphs are nested more than " + std::to_string(deepest_subgraph) +
                    " deep; flatten the model before analysing it");
    }
    const std::optional<std::uint64_t> bulk = kind == Message::tensor ? only_bulk_field(extent) : std::nullopt;
    std::uint64_t copied_to = extent.begin;
    for (std::uint64_t at = extent.begin; at < extent.end;) {
      const auto field = next_field(at, extent.end);
      if (!field) return tl::unexpected(field.error());
      at = field->whole.end;
      const auto child = field->type == bytes_type ? child_of(kind, field->number) : std::nullopt;
      const bool is_bulk = bulk == field->whole.begin;
      const bool forged = kind == Message::tensor && field->number == bulk_marker_field;
      if (!child && !is_bulk && !forged) continue;
      if (auto done = copy({copied_to, field->whole.begin}); !done) return done;
      copied_to = at;
      if (is_bulk) leave_out(*field);
      if (!child) continue;
      if (auto done = nested(*child, *field, depth); !done) return done;
    }
    return copy({copied_to, extent.end});
  }

  /// A child message with its length in five bytes, filled in once it is known. Protobuf accepts padded varints.
  Parsed<void> nested(Message child, const Field& field, int depth) {
    append_varint(std::uint64_t{field.number} << 3 | field.type);
    const std::size_t length_at = thin_.bytes.size();
    thin_.bytes.append(5, '\0');
    if (auto done = message(child, field.payload, depth); !done) return done;
    std::uint64_t length = thin_.bytes.size() - length_at - 5;
    for (std::size_t i = 0; i < 5; ++i, length >>= 7) {
      thin_.bytes[length_at + i] = static_cast<char>((length & 0x7F) | (i < 4 ? 0x80 : 0));
    }
    return {};
  }

  /// Where the one payload field of a tensor starts, if it is bulk. A tensor that spreads its payload over several
  /// fields is left to protobuf, which knows how they merge.
  std::optional<std::uint64_t> only_bulk_field(Extent extent) {
    std::optional<std::uint64_t> found;
    for (std::uint64_t at = extent.begin; at < extent.end;) {
      const auto field = next_field(at, extent.end);
      if (!field) return std::nullopt;  // reported by the walk that follows
      at = field->whole.end;
      if (!payload_field(field->number)) continue;
      if (found || field->type != bytes_type || field->payload.size() < bulk_threshold) return std::nullopt;
      found = field->whole.begin;
    }
    return found;
  }

  void leave_out(const Field& field) {
    append_varint(std::uint64_t{bulk_marker_field} << 3 | varint_type);
    append_varint(thin_.payloads.size());
    thin_.payloads.push_back({*payload_field(field.number), field.payload.begin, field.payload.size()});
  }

  void append_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) thin_.bytes += static_cast<char>((value & 0x7F) | 0x80);
    thin_.bytes += static_cast<char>(value);
  }

  Parsed<void> copy(Extent extent) {
    // Protobuf cannot parse more; only names, attributes and unusual tensors are left here.
    constexpr std::uint64_t most = std::uint64_t{1} << 30;
    if (extent.size() > most || thin_.bytes.size() > most) {
      return refuse("holds more than 1 GiB besides its weights; the file is damaged, or store its tensors as raw_data");
    }
    if (extent.size() > 0) file_.append(extent, thin_.bytes);
    return {};
  }

  [[nodiscard]] Parsed<std::uint64_t> varint(std::uint64_t& at, std::uint64_t end) {
    const std::uint64_t start = at;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at >= end) return damaged(start, end, "a number is cut off");
      const auto byte = file_.byte(at++);
      value |= (byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return damaged(start, end, "a number is too long");
  }

  [[nodiscard]] Parsed<Field> next_field(std::uint64_t at, std::uint64_t end) {
    Field field;
    field.whole.begin = at;
    const auto tag = varint(at, end);
    if (!tag) return tl::unexpected(tag.error());
    if (*tag > std::numeric_limits<std::uint32_t>::max() || *tag < 8) {
      return damaged(field.whole.begin, end, "no field of that number exists");
    }
    field.number = static_cast<std::uint32_t>(*tag >> 3);
    field.type = static_cast<std::uint32_t>(*tag & 7);
    std::uint64_t size = 0;
    if (field.type == varint_type) {
      if (const auto value = varint(at, end); !value) return tl::unexpected(value.error());
    } else if (field.type == bytes_type) {
      const auto length = varint(at, end);
      if (!length) return tl::unexpected(length.error());
      size = *length;
    } else if (field.type == fixed64_type || field.type == fixed32_type) {
      size = field.type == fixed64_type ? 8 : 4;
    } else {
      return damaged(field.whole.begin, end, "field groups and unknown encodings do not occur in ONNX");
    }
    if (size > end - at) return damaged(field.whole.begin, end, "a field is longer than what encloses it");
    field.payload = {at, at + size};
    field.whole.end = at + size;
    return field;
  }

  [[nodiscard]] tl::unexpected<std::string> damaged(std::uint64_t at, std::uint64_t end, const char* what) const {
    const std::string place = "byte " + std::to_string(at) + " of " + std::to_string(file_.size());
    if (end == file_.size()) {
      return refuse("is not an ONNX model or is truncated (" + place + ": " + what + "); export or copy it again");
    }
    return refuse("is not an ONNX model or is damaged (" + place + ": " + what + "); export or copy it again");
  }

  Window file_;
  ThinBytes thin_;
};

}  // namespace

Parsed<ThinBytes> thin_model(std::uint64_t size, const ReadAt& read) { return Thinner(size, read).run(); }

}  // namespace costscan
