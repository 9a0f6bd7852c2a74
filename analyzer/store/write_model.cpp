#include "store/write_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "files/temporary.hpp"
#include "files/write_file.hpp"
#include "model/external_files.hpp"
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

/// Weights of the model, where they lie or where they are about to be copied to.
bool holds_weights(const Model& model, const fs::path& path) {
  const fs::path source = folder_of(model.path);
  return std::ranges::any_of(external_files(model, ExternalFiles::all), [&](const fs::path& file) {
    const fs::path copy =
        folder_of(path) / file.lexically_relative(model.path.parent_path().empty() ? fs::path() : source);
    return is_same_file(file, path) ||
           copy.lexically_normal() == (folder_of(path) / path.filename()).lexically_normal();
  });
}

/// Beside the model, and none of the files that the model refers to.
fs::path data_file_for(const Model& model, const fs::path& path) {
  fs::path file = path.string() + ".data";
  const auto taken = external_files(model, ExternalFiles::all);
  const auto is_taken = [&](const fs::path& candidate) {
    return std::ranges::any_of(taken, [&](const fs::path& other) {
      return is_same_file(candidate, other) || candidate.filename() == other.filename();
    });
  };
  for (int i = 1; is_taken(file); ++i) file = fmt::format("{}.{}.data", path.string(), i);
  return file;
}

/// What was copied, to be kept when the model is written, too.
Result<std::vector<TemporaryFile>> copy_external_files(const Model& model, const fs::path& folder) {
  std::vector<TemporaryFile> copied;
  const fs::path source = folder_of(model.path);
  if (is_same_file(source, folder)) return copied;
  for (const fs::path& file : external_files(model, ExternalFiles::all)) {
    const fs::path target = folder / file.lexically_relative(model.path.parent_path().empty() ? fs::path() : source);
    const auto made = put_copy(file, target);
    if (!made) return tl::unexpected(made.error());
    if (*made) copied.emplace_back(target);
  }
  return copied;
}

/// In line as far as protobuf can hold it; new constants outside where the model has its weights there.
Result<ModelPieces> fitting_pieces(const Model& model, const fs::path& data_file, const WriteModelOptions& options) {
  DataFilePlan plan;
  plan.location = data_file.filename().string();
  if (!external_files(model, ExternalFiles::all).empty()) plan.new_constants_from = options.external_from;
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

Result<WrittenModel> write_alone(const ModelPieces& pieces, const fs::path& path) {
  if (pieces.data.size() > 0) {
    return fail(ErrorKind::output,
                fmt::format("cannot write '{}': the model needs a file of weights beside it; name a file with -o",
                            printable(path.string())));
  }
  if (auto done = write_pieces(path, pieces.model.pieces()); !done) return tl::unexpected(done.error());
  return WrittenModel{.bytes = pieces.model.size(), .data_files = {}, .copied_files = {}};
}

}  // namespace

Result<WrittenModel> write_model(const Model& model, const fs::path& path, const WriteModelOptions& options) {
  if (is_same_file(model.path, path) && !options.may_replace_source) {
    return fail(ErrorKind::usage, fmt::format("'{}' is the model itself: name another file with -o, or add --in-place",
                                              printable(path.string())));
  }
  if (holds_weights(model, path)) {
    return fail(ErrorKind::usage, fmt::format("'{}' is a file of the model's weights: name another file with -o",
                                              printable(path.string())));
  }
  const fs::path data_file = data_file_for(model, path);
  auto pieces = fitting_pieces(model, data_file, options);
  if (!pieces) return tl::unexpected(pieces.error());
  // Nothing can lie beside a device or a pipe.
  if (is_special_file(path)) return write_alone(*pieces, path);
  auto copied = copy_external_files(model, folder_of(path));
  if (!copied) return tl::unexpected(copied.error());
  std::vector<TemporaryFile> made;
  if (pieces->data.size() > 0) {
    if (auto done = write_pieces(data_file, pieces->data.pieces()); !done) return tl::unexpected(done.error());
    made.emplace_back(data_file);
  }
  if (auto done = write_pieces(path, pieces->model.pieces()); !done) return tl::unexpected(done.error());
  WrittenModel written;
  written.bytes = pieces->model.size();
  for (TemporaryFile& file : made) written.data_files.push_back(std::move(file).keep());
  for (TemporaryFile& file : *copied) written.copied_files.push_back(std::move(file).keep());
  return written;
}

}  // namespace costscan
