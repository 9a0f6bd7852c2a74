#include "load/external_data.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <system_error>

#include "model/checked_math.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

constexpr const char* keep_inside = "put the data file beside the model and name it by a relative path";

std::optional<std::int64_t> parse_count(const std::string& text) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// Absolute on any system: the file may have been written on another one.
bool is_absolute_anywhere(const std::string& location) {
  const bool drive =
      location.size() >= 2 && std::isalpha(static_cast<unsigned char>(location[0])) != 0 && location[1] == ':';
  return drive || location.starts_with('/') || location.starts_with('\\');
}

/// Whether `..` climbs above the start anywhere on the way.
bool climbs_out(const fs::path& location) {
  int depth = 0;
  for (const fs::path& part : location) {
    if (part == "..") {
      if (--depth < 0) return true;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
  }
  return false;
}

std::string readable_bytes(std::int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value >= 1e9) return fmt::format("{:.3g} GB", value / 1e9);
  if (value >= 999.5e3) return fmt::format("{:.3g} MB", value / 1e6);
  if (value >= 1e3) return fmt::format("{:.3g} kB", value / 1e3);
  return fmt::format("{} bytes", bytes);
}

struct Reference {
  std::string location;
  std::int64_t offset = 0;
  std::optional<std::int64_t> length;
};

Parsed<Reference> read_reference(const onnx::TensorProto& tensor) {
  Reference reference;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") {
      reference.location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      const auto count = parse_count(entry.value());
      if (!count) {
        return refuse(fmt::format("external data {} '{}' is not a number from 0 to 2^63-1; save the model again",
                                  entry.key(), printable(entry.value())));
      }
      (entry.key() == "offset" ? reference.offset : reference.length.emplace()) = *count;
    }
  }
  if (reference.location.empty()) return refuse("external data names no location; save the model again");
  return reference;
}

}  // namespace

ExternalFiles::ExternalFiles(const fs::path& model) : folder_(model.parent_path()) {
  // A model that is itself a link (a download cache links models and their data into one store) may use the folder that
  // the link leads to, too.
  std::error_code error;
  const fs::path beside = fs::weakly_canonical(folder_.empty() ? fs::path(".") : folder_, error);
  if (!error) roots_.push_back(beside);
  const fs::path target = fs::weakly_canonical(model, error);
  if (!error) roots_.push_back(target.parent_path());
}

Parsed<ExternalBytes> ExternalFiles::resolve(const onnx::TensorProto& tensor, std::int64_t bytes) {
  const auto reference = read_reference(tensor);
  if (!reference) return tl::unexpected(reference.error());
  const std::int64_t length = reference->length.value_or(bytes);
  if (length != bytes) {
    return refuse(fmt::format("external data has {} bytes where its shape and type need {}; save the model again",
                              length, bytes));
  }
  const auto end = checked_add(reference->offset, length);
  if (!end) return refuse("external data offset + length overflows 63 bits; save the model again");
  const auto file = find(reference->location);
  if (!file) return tl::unexpected(file.error());
  File& found = **file;
  ExternalBytes out{found.path, reference->offset, length, ExternalBytes::State::present};
  if (!found.exists) {
    out.state = ExternalBytes::State::missing;
  } else if (*end > found.size) {
    out.state = ExternalBytes::State::too_short;
  }
  if (out.state != ExternalBytes::State::present) {
    ++found.lacking;
    found.lacking_bytes = checked_add(found.lacking_bytes, length).value_or(found.lacking_bytes);
  }
  return out;
}

Parsed<ExternalFiles::File*> ExternalFiles::find(const std::string& location) {
  if (const auto known = files_.find(location); known != files_.end()) return &known->second;
  auto file = look_up(location);
  if (!file) return tl::unexpected(file.error());
  return &files_.emplace(location, std::move(*file)).first->second;
}

Parsed<ExternalFiles::File> ExternalFiles::look_up(const std::string& location) const {
  const std::string shown = printable(location);
  if (location.find('\0') != std::string::npos) {
    return refuse(fmt::format("external data location '{}' holds a zero byte; {}", shown, keep_inside));
  }
  if (is_absolute_anywhere(location)) {
    return refuse(fmt::format("external data location '{}' is absolute; {}", shown, keep_inside));
  }
  if (climbs_out(location)) {
    return refuse(fmt::format("external data location '{}' leaves the model's folder; {}", shown, keep_inside));
  }
  File file;
  file.path = folder_ / location;
  std::error_code error;
  // From "." where the model's path names no folder: what does not exist would stay relative otherwise.
  const fs::path resolved = fs::weakly_canonical(folder_.empty() ? "." / file.path : file.path, error);
  if (error) return file;  // a name too long, a loop of links: nothing can be there
  if (!stays_inside(resolved)) {
    return refuse(fmt::format("external data location '{}' leaves the model's folder through a symbolic link; {}",
                              shown, keep_inside));
  }
  const fs::file_status status = fs::status(file.path, error);
  if (!fs::exists(status)) return file;
  if (!fs::is_regular_file(status)) {
    return refuse(fmt::format("external data location '{}' is not a regular file; {}", shown, keep_inside));
  }
  const auto size = fs::file_size(file.path, error);
  file.exists = !error;
  file.size = error ? 0 : static_cast<std::int64_t>(size);
  return file;
}

bool ExternalFiles::stays_inside(const fs::path& resolved) const {
  return std::ranges::any_of(
      roots_, [&](const fs::path& root) { return std::ranges::mismatch(root, resolved).in1 == root.end(); });
}

std::vector<std::string> ExternalFiles::warnings() const {
  std::vector<std::string> out;
  for (const auto& [location, file] : files_) {
    if (file.lacking == 0) continue;
    out.push_back(fmt::format("{} weight{} ({}) in '{}' {} missing: {}; analysis goes on, measuring makes them up",
                              file.lacking, file.lacking == 1 ? "" : "s", readable_bytes(file.lacking_bytes),
                              printable(location), file.lacking == 1 ? "is" : "are",
                              file.exists ? "the file is too short" : "there is no such file"));
  }
  return out;
}

}  // namespace costscan
