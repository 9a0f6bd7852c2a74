#include "measure/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "measure/json_objects.hpp"
#include "measure/statistics.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

using nlohmann::json;

constexpr std::string_view kernel_suffix = "_kernel_time";

/// Type names of the profile; ONNX Runtime's differ from ONNX's for the two 64-bit floats only.
DType profile_dtype(const std::string& name) {
  if (name == "double") return DType::float64;
  if (name == "float") return DType::float32;
  if (name == "bool") return DType::boolean;
  return dtype_from_string(name).value_or(DType::undefined);
}

struct ShapesAndTypes {
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
};

/// `[{"float":[1,3,32,32]},{"int64":[]}]`. Values that are not tensors have no entry.
ShapesAndTypes read_shapes(const json& args, const char* key) {
  ShapesAndTypes out;
  const auto found = args.find(key);
  if (found == args.end() || !found->is_array()) return out;
  for (const json& entry : *found) {
    for (const auto& [type, dims] : entry.items()) {
      if (!dims.is_array()) continue;
      Shape shape;
      for (const json& dim : dims) shape.push_back(dim.is_number_integer() ? dim.get<std::int64_t>() : 0);
      out.shapes.push_back(std::move(shape));
      out.dtypes.push_back(profile_dtype(type));
    }
  }
  return out;
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
}

/// Follows the events, which the runtime writes as they end: a body's nodes, then the executor's event that spans them,
/// then the node that called the body; at the end of a run its `model_run`.
class Collector {
 public:
  explicit Collector(const std::function<bool(std::int64_t)>& counts) : counts_(counts) {}

  void event(const json& event) {
    const std::string category = text_of(event, "cat");
    const std::string name = text_of(event, "name");
    if (name.find("profile_truncated") != std::string::npos) profile_.truncated = true;
    if (category == "Node" && name.ends_with(kernel_suffix)) {
      kernel(event, name.substr(0, name.size() - kernel_suffix.size()));
    } else if (category == "Session" && name.ends_with("Executor::Execute")) {
      executed_graph(number_of(event, "ts"));
    } else if (category == "Session" && name == "model_run") {
      end_of_run(number_of(event, "dur"));
    }
  }

  Profile finish() {
    const bool only_unfinished = profile_.runs_in_file == 0 && !run_.empty() && counts_(0);
    if (only_unfinished) count_run();
    profile_.unfinished_run = only_unfinished;
    const std::size_t runs = only_unfinished ? 1 : profile_.run_us.size();
    for (Entry& entry : entries_) {
      entry.us.resize(runs, 0.0);
      entry.node.time = summarize(std::move(entry.us));
      profile_.nodes.push_back(std::move(entry.node));
    }
    return std::move(profile_);
  }

 private:
  struct Entry {
    RuntimeNode node;
    std::vector<double> us;  ///< by counted run
  };
  /// One kernel of the run that is being read.
  struct Seen {
    std::size_t entry = 0;
    double ts = 0;
    double own_us = 0;    ///< without bodies
    double total_us = 0;  ///< with bodies
    bool in_body = false;
  };

  void kernel(const json& event, std::string name) {
    static const json no_args = json::object();
    const auto found = event.find("args");
    const json& args = found != event.end() && found->is_object() ? *found : no_args;
    Seen seen;
    seen.ts = number_of(event, "ts");
    seen.total_us = number_of(event, "dur");
    seen.own_us = seen.total_us - claim_bodies(seen.ts);
    // Rounding of whole microseconds may leave a little less than nothing.
    seen.own_us = std::max(seen.own_us, 0.0);
    seen.entry = entry_of(std::move(name), args);
    run_.push_back(seen);
  }

  /// Microseconds of bodies that ran within the node that began at `ts`.
  double claim_bodies(double ts) {
    double sum = 0;
    while (!bodies_.empty() && bodies_.back().ts >= ts) {
      sum += bodies_.back().us;
      bodies_.pop_back();
    }
    return sum;
  }

  /// Nodes since `ts` that no other graph has claimed belong to the graph that has now ended.
  void executed_graph(double ts) {
    double sum = 0;
    for (auto seen = run_.rbegin(); seen != run_.rend() && seen->ts >= ts; ++seen) {
      if (seen->in_body) continue;
      sum += seen->total_us;
      seen->in_body = true;
    }
    bodies_.push_back({ts, sum});
  }

  void end_of_run(double us) {
    if (counts_(profile_.runs_in_file++)) {
      count_run();
      profile_.run_us.push_back(us);
    }
    run_.clear();
    bodies_.clear();
  }

  /// Adds the run's kernels to the samples, as the run after those in `run_us`.
  void count_run() {
    const std::size_t run = profile_.run_us.size();
    for (const Seen& seen : run_) {
      Entry& entry = entries_[seen.entry];
      entry.us.resize(run + 1, 0.0);
      entry.us[run] += seen.own_us;
    }
  }

  std::size_t entry_of(std::string name, const json& args) {
    // Names are unique but for the nodes that the runtime itself adds without one: those count by op and index.
    const std::string key = fmt::format("{}\n{}\n{}", name, text_of(args, "op_name"), text_of(args, "node_index"));
    const auto [at, is_new] = by_key_.try_emplace(key, entries_.size());
    if (!is_new) return at->second;
    Entry& entry = entries_.emplace_back();
    entry.node.name = std::move(name);
    entry.node.op_type = text_of(args, "op_name");
    entry.node.provider = text_of(args, "provider");
    entry.node.input_shapes = read_shapes(args, "input_type_shape").shapes;
    ShapesAndTypes outputs = read_shapes(args, "output_type_shape");
    entry.node.output_shapes = std::move(outputs.shapes);
    entry.node.output_dtypes = std::move(outputs.dtypes);
    return at->second;
  }

  struct Body {
    double ts = 0;
    double us = 0;
  };
  const std::function<bool(std::int64_t)>& counts_;
  Profile profile_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> by_key_;
  std::vector<Seen> run_;
  std::vector<Body> bodies_;
};

/// The runtime writes an event to a line, with a comma at its end and brackets around all. Reading line by line keeps
/// memory small, and a name that breaks its line's JSON costs that line only.
json parse_line(std::string_view line) {
  while (!line.empty() && (line.back() == ',' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (!line.empty() && line.front() == '[') line.remove_prefix(1);
  if (!line.empty() && line.back() == ']' && !line.starts_with("{")) line.remove_suffix(1);
  if (line.empty() || line.front() != '{') return json();
  return json::parse(line, nullptr, false);
}

}  // namespace

Result<Profile> read_profile(const std::filesystem::path& file, const std::function<bool(std::int64_t run)>& counts) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::measurement, fmt::format("{}: cannot be read", printable(file.string())));
  Collector collector(counts);
  std::int64_t events = 0;
  std::int64_t unreadable = 0;
  bool last_unreadable = false;
  const auto take = [&](const json& event) {
    last_unreadable = event.is_discarded();
    if (last_unreadable) ++unreadable;
    if (!event.is_object() || !event.contains("name")) return;
    ++events;
    collector.event(event);
  };
  std::string line;
  bool closed = false;
  while (std::getline(in, line)) {
    closed = closed || line.starts_with("]") || line.ends_with("]");
    take(parse_line(line));
  }
  if (events == 0) {  // some other program has written the events anew: all on one line, or one over several lines
    in.clear();
    in.seekg(0);
    unreadable = 0;
    closed = for_each_object(in, [&](std::string_view text) { take(json::parse(text, nullptr, false)); });
  }
  if (events == 0)
    return fail(ErrorKind::measurement, fmt::format("{}: holds no profile events", printable(file.string())));
  Profile profile = collector.finish();
  profile.truncated = profile.truncated || !closed;
  // The line in which a cut file ends is no event that somebody wrote badly.
  profile.unreadable_lines = unreadable - (last_unreadable && !closed ? 1 : 0);
  return profile;
}

}  // namespace costscan
