#include "source/lint/memory.hpp"

#include <map>
#include <utility>

namespace costscan::source::linting {

int Memory::add(Object object) {
  objects_.push_back(std::move(object));
  return static_cast<int>(objects_.size()) - 1;
}

const Cell* Memory::find(const CellKey& key) const {
  const auto& cells = objects_[static_cast<std::size_t>(key.object)].cells;
  const auto at = cells.find(key.offset);
  return at == cells.end() ? nullptr : &at->second;
}

void Memory::note(const CellKey& key) {
  if (logging_ == 0) return;
  const Cell* cell = find(key);
  log_.push_back({key, cell ? std::optional(*cell) : std::nullopt});
}

void Memory::set(const CellKey& key, Cell cell) {
  note(key);
  object(key.object).cells.insert_or_assign(key.offset, cell);
}

void Memory::erase_all(int id) {
  for (const auto& [offset, cell] : object(id).cells) note({id, offset});
  object(id).cells.clear();
}

std::size_t Memory::begin() {
  ++logging_;
  return log_.size();
}

std::vector<CellChange> Memory::undo(std::size_t begin) {
  // A cell that changed twice is met last change first: what it holds then is what the path left behind.
  std::map<std::pair<int, std::int64_t>, std::optional<Cell>> left_behind;
  for (std::size_t at = log_.size(); at > begin; --at) {
    CellChange& entry = log_[at - 1];
    const Cell* now = find(entry.key);
    left_behind.try_emplace({entry.key.object, entry.key.offset}, now ? std::optional(*now) : std::nullopt);
    auto& cells = object(entry.key.object).cells;
    if (entry.cell) {
      cells.insert_or_assign(entry.key.offset, *entry.cell);
    } else {
      cells.erase(entry.key.offset);
    }
  }
  log_.resize(begin);
  --logging_;
  std::vector<CellChange> changed;
  changed.reserve(left_behind.size());
  for (const auto& [key, cell] : left_behind) changed.push_back({{key.first, key.second}, cell});
  return changed;
}

}  // namespace costscan::source::linting
