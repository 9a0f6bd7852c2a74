// What a model's file is put together from.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "files/file_pieces.hpp"
#include "model/graph.hpp"
#include "model/result.hpp"

namespace costscan {

struct DataFilePlan {
  std::string location;                  ///< name of the data file, as the model refers to it
  std::uint64_t new_constants_from = 0;  ///< bytes from which a new constant goes there; 0: never
  std::uint64_t weights_from = 0;        ///< the same for weights that the source has in line
};

struct ModelPieces {
  PieceList model;
  PieceList data;  ///< of the data file; empty where none is needed
};

/// Error (input) where the source is no longer the file that was read; (defect) for what passes cannot make.
[[nodiscard]] Result<ModelPieces> model_pieces(const Model& model, const DataFilePlan& plan);

}  // namespace costscan
