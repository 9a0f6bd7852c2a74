// One graph under investigation: the view, and what several findings ask of it, found once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/attention_core.hpp"
#include "patterns/graph_view.hpp"
#include "patterns/pattern.hpp"

namespace costscan {

class Scene {
 public:
  explicit Scene(const GraphView& view, bool count_constants = false);

  [[nodiscard]] const GraphView& view() const noexcept { return view_; }
  /// Whether Constant nodes count as nodes of constant parts and shape chains.
  [[nodiscard]] bool counts_constants() const noexcept { return count_constants_; }
  /// Whether a node's outputs reach an output of the graph.
  [[nodiscard]] bool is_live(std::int32_t node) const { return live_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] const std::vector<AttentionCore>& attentions() const noexcept { return attentions_; }
  [[nodiscard]] const std::vector<QkvSource>& qkv_sources() const noexcept { return qkv_; }  ///< beside attentions()
  /// Matches of a detector. A name that no detector has is a defect: an empty list, which the tests would see.
  [[nodiscard]] const std::vector<PatternMatch>& matches(std::string_view pattern) const;

 private:
  const GraphView& view_;
  bool count_constants_ = false;
  std::vector<bool> live_;
  std::vector<AttentionCore> attentions_;
  std::vector<QkvSource> qkv_;
  std::map<std::string, std::vector<PatternMatch>, std::less<>> matches_;
};

/// What becomes of the nodes of a site when it is removed.
enum class Removal {
  none,    ///< nothing to remove: the finding says how the graph is built
  vanish,  ///< they are gone
  fuse,    ///< one kernel does what they do: what they pass one another is neither written nor read
  stored,  ///< bytes of the file
};

/// A place as a finding sees it, before it is priced.
struct Site {
  std::vector<std::int32_t> nodes;
  Removal removal = Removal::none;
  std::vector<std::int32_t> removed;      ///< what vanishes or is fused; empty: all of `nodes`
  std::vector<std::string> initializers;  ///< instead of nodes
  std::int64_t stored_bytes = 0;
  std::int64_t count = 1;
  Holds holds = Holds::every_binding;
  std::string detail;
};

using Sites = std::vector<Site>;

}  // namespace costscan
