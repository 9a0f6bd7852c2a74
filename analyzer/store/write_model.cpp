#include "store/write_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "model/text.hpp"
#include "store/model_pieces.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// Beside the model, and none of the files that the model refers to.
fs::path data_file_for(const Model& model, const fs::path& path) {
  fs::path file = path.string() + ".data";
  const auto taken = external_locations(model);
  const auto is_taken = [&](const fs::path& candidate) {
    return std::ranges::any_of(taken, [&](const fs::path& other) {
      return is_same_file(candidate, other) || candidate.filename() == other.filename();
    });
  };
  for (int i = 1; is_taken(file); ++i) file = fmt::format("{}.{}.data", path.string(), i);
  return file;
}

Result<std::vector<fs::path>> copy_external_files(const Model& model, const fs::path& folder) {
  std::vector<fs::path> copied;
  const fs::path source = folder_of(model.path);
  if (is_same_file(source, folder)) return copied;
  std::error_code error;
  for (const fs::path& file : external_locations(model)) {
    const fs::path target = folder / file.lexically_relative(model.path.parent_path().empty() ? fs::path() : source);
    const bool missing = !fs::exists(file, error);
    if (!missing && (is_same_file(file, target) || same_file_contents(file, target))) continue;
    // A model without its weights must not find another model's in their place.
    if (fs::exists(target, error)) {
      return fail(ErrorKind::output,
                  fmt::format("cannot put the weights beside the model: another file '{}' is in the way; choose "
                              "another folder with -o",
                              printable(target.string())));
    }
    if (missing) continue;
    fs::create_directories(target.parent_path(), error);
    const auto size = fs::file_size(file, error);
    if (error) return fail(ErrorKind::input, fmt::format("'{}': {}", printable(file.string()), error.message()));
    if (auto written = write_pieces_whole(target, {SourceStretch{file, 0, size}}); !written) {
      return tl::unexpected(written.error());
    }
    copied.push_back(target);
  }
  return copied;
}

/// In line as far as protobuf can hold it; new constants outside where the model has its weights there.
Result<ModelPieces> fitting_pieces(const Model& model, const fs::path& data_file, const WriteModelOptions& options) {
  DataFilePlan plan;
  plan.location = data_file.filename().string();
  if (!external_locations(model).empty()) plan.new_constants_from = options.external_from;
  auto pieces = model_pieces(model, plan);
  if (!pieces || pieces->model.size() <= options.most_inline_bytes) return pieces;
  plan.new_constants_from = options.external_from;
  plan.weights_from = options.external_from;
  pieces = model_pieces(model, plan);
  if (pieces && pieces->model.size() > options.most_inline_bytes) {
    return fail(ErrorKind::output,
                fmt::format("{}: tensors inside nodes exceed what one ONNX file can hold; nothing was written",
                            printable(model.path.string())));
  }
  return pieces;
}

}  // namespace

Result<WrittenModel> write_model(const Model& model, const fs::path& path, const WriteModelOptions& options) {
  if (is_same_file(model.path, path) && !options.may_replace_source) {
    return fail(ErrorKind::usage, fmt::format("'{}' is the model itself: name another file with -o, or add --in-place",
                                              printable(path.string())));
  }
  const fs::path data_file = data_file_for(model, path);
  auto pieces = fitting_pieces(model, data_file, options);
  if (!pieces) return tl::unexpected(pieces.error());
  WrittenModel written;
  written.bytes = pieces->model.size();
  auto copied = copy_external_files(model, folder_of(path));
  if (!copied) return tl::unexpected(copied.error());
  written.copied_files = *std::move(copied);
  if (pieces->data.size() > 0) {
    if (auto done = write_pieces_whole(data_file, pieces->data.pieces()); !done) return tl::unexpected(done.error());
    written.data_files.push_back(data_file);
  }
  if (auto done = write_pieces_whole(path, pieces->model.pieces()); !done) {
    std::error_code ignored;
    for (const fs::path& file : written.data_files) fs::remove(file, ignored);
    for (const fs::path& file : written.copied_files) fs::remove(file, ignored);
    return tl::unexpected(done.error());
  }
  return written;
}

}  // namespace costscan
