// The storage of a followed kernel: objects made of cells at byte offsets, with an undo log so that both sides of a
// branch on data can be followed from the same state.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "source/lint/trace.hpp"

namespace costscan::source::linting {

struct Cell {
  Value value;
  int write = nothing;  ///< Trace::writes, where data was written
  int iteration = 0;    ///< of the write

  friend bool same_state(const Cell& a, const Cell& b) noexcept {
    return a.write == b.write && a.value.known == b.value.known && a.value.integer == b.value.integer &&
           a.value.object == b.value.object && a.value.unset == b.value.unset;
  }
};

/// What cells hold that were never written.
enum class Contents : std::uint8_t { input, unset, constant };

struct Object {
  Contents contents = Contents::input;
  bool escaped = false;  ///< something may read any cell at any time
  std::unordered_map<std::int64_t, Cell> cells;
};

struct CellKey {
  int object = no_object;
  std::int64_t offset = 0;

  friend bool operator==(const CellKey&, const CellKey&) = default;
};

struct CellChange {
  CellKey key;
  std::optional<Cell> cell;  ///< nullopt: no cell
};

class Memory {
 public:
  int add(Object object);
  [[nodiscard]] Object& object(int id) { return objects_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::size_t size() const noexcept { return objects_.size(); }

  [[nodiscard]] const Cell* find(const CellKey& key) const;
  void set(const CellKey& key, Cell cell);
  void erase_all(int object);

  /// From here on changes are noted; `undo` takes them back and returns what each changed cell held.
  [[nodiscard]] std::size_t begin();
  [[nodiscard]] std::vector<CellChange> undo(std::size_t begin);

 private:
  std::vector<Object> objects_;
  std::vector<CellChange> log_;
  int logging_ = 0;

  void note(const CellKey& key);
};

}  // namespace costscan::source::linting
