// The child that runs two models in turn.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <utility>

#include "compare/agreement.hpp"
#include "compare/carry.hpp"
#include "compare/pair.hpp"
#include "compare/pair_schedule.hpp"
#include "measure/answer.hpp"
#include "measure/machine.hpp"
#include "measure/schedule.hpp"
#include "measure/session.hpp"
#include "measure/statistics.hpp"
#include "measure/synthesize.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// One of the two models while it is measured.
struct Contestant {
  const char* label;
  const MeasureRequest& request;
  RunnableModel model = {};
  std::vector<Feeds> feeds = {};      // one element, or none yet: neither has an empty state
  std::vector<Session> session = {};  // likewise
  std::vector<double> warmup_us = {};
  double warm_us = 0;
  double create_seconds = 0;
};

Error named(const Contestant& one, const Error& error) {
  return {error.kind,
          fmt::format("{} ({}): {}", one.label, printable(one.request.model.filename().string()), error.message)};
}

class Pairing {
 public:
  Pairing(const PairRequest& request, PairMeasurement& m, Runtime runtime)
      : request_(request), m_(m), runtime_(std::move(runtime)), random_(request.seed) {}

  void all() {
    if (!step(prepare(), MeasureStatus::failed)) return;
    if (!step(commit_fault(request_.a.fault, "start"), MeasureStatus::failed)) return;
    if (!step(open_both_once(), MeasureStatus::refused)) return;
    keep();
    if (!step(commit_fault(request_.a.fault, "outputs"), MeasureStatus::failed)) return;
    m_.at_the_same_time = both_fit();
    const Result<void> ran = sit();
    m_.warmup_a_us = a_.warmup_us;
    m_.warmup_b_us = b_.warmup_us;
    if (!step(ran, MeasureStatus::failed)) return;
    m_.status = MeasureStatus::ok;
    m_.reason.clear();
  }

 private:
  bool step(const Result<void>& done, MeasureStatus status) { return went_well(done, status, m_); }

  void keep() { answer_so_far(m_, write_pair, request_.folder); }

  Result<void> prepare() {
    tell_parent("preparing weights and inputs");
    for (Contestant* one : {&a_, &b_}) {
      auto model = make_runnable(one->request.model, one->request.weights);
      if (!model) return tl::unexpected(model.error());
      one->model = *std::move(model);
      auto feeds =
          Feeds::create(runtime_, one->request.inputs,
                        one == &b_ ? std::span<const std::string>(request_.seeds_b) : std::span<const std::string>());
      if (!feeds) return tl::unexpected(named(*one, feeds.error()));
      one->feeds.push_back(*std::move(feeds));
    }
    const CarrySide from{a_.model, a_.request.weights};
    const CarrySide to{b_.model, b_.request.weights};
    auto carried = carry_weights(runtime_, from, to, request_.weights);
    if (!carried) return tl::unexpected(carried.error());
    m_.agreement.shared_weights = carried->weights;
    state_unequal_weights(carried->without_equal);
    return {};
  }

  void state_unequal_weights(const std::vector<std::string>& names) {
    if (names.empty()) return;
    m_.agreement.differing_data.push_back(fmt::format(
        "{} of the weights that the files lack {} no equal in the other model, so that their made-up numbers "
        "differ ({}{})",
        names.size(), names.size() == 1 ? "has" : "have", printable(names.front()), names.size() == 1 ? "" : ", ..."));
  }

  Result<void> open(Contestant& one) {
    const auto start = Clock::now();
    auto session = Session::create(
        runtime_, one.model, {.optimization_level = one.request.optimization_level, .threads = one.request.threads});
    if (!session) return tl::unexpected(named(one, session.error()));
    one.session.clear();
    one.session.push_back(*std::move(session));
    one.create_seconds = seconds_since(start);
    return {};
  }

  /// Both models can be run at all, and what they answer.
  Result<void> open_both_once() {
    std::vector<Tensor> outputs[2];
    for (Contestant* one : {&a_, &b_}) {
      tell_parent(fmt::format("{}: ONNX Runtime optimises the graph", one->label));
      if (auto opened = open(*one); !opened) return opened;
      auto tensors = one->session.front().run_tensors(one->feeds.front());
      if (!tensors) return tl::unexpected(named(*one, tensors.error()));
      outputs[one == &b_ ? 1 : 0] = *std::move(tensors);
      one->session.clear();
    }
    m_.agreement.outputs = compare_outputs(outputs[0], outputs[1]);
    return {};
  }

  /// A session keeps up to two copies of the weights beside ours (worker.cpp).
  bool both_fit() const {
    const std::int64_t weights = a_.model.weight_bytes + b_.model.weight_bytes;
    const std::int64_t available = available_memory();
    std::int64_t limit = request_.a.memory_limit_bytes;
    if (available > 0) limit = std::min(limit, available + weights);
    return limit <= 0 || 3 * weights < limit;
  }

  bool coin() { return (random_() >> 63U) != 0; }

  /// The two in an order that is drawn.
  std::pair<Contestant*, Contestant*> draw() { return coin() ? std::pair(&a_, &b_) : std::pair(&b_, &a_); }

  Result<void> sit() {
    std::optional<PairPlan> plan;
    for (std::int32_t sitting = 0; sitting < (plan ? plan->sittings : 1); ++sitting) {
      tell_parent(fmt::format("sitting {}{}", sitting + 1, plan ? fmt::format(" of {}", plan->sittings) : ""));
      if (m_.at_the_same_time) {
        const auto [first, second] = draw();
        for (Contestant* one : {first, second}) {
          if (auto ready = open_and_warm(*one); !ready) return ready;
        }
        if (!plan) plan = plan_now();
        for (std::int32_t r = 0; r < plan->rounds; ++r) {
          if (auto ran = round(sitting, *plan); !ran) return ran;
        }
      } else if (auto ran = sit_in_turn(sitting, plan); !ran) {
        return ran;
      }
      a_.session.clear();
      b_.session.clear();
      m_.sittings = sitting + 1;
      keep();
      if (auto ok = commit_fault(request_.a.fault, "sitting"); !ok) return ok;
    }
    return {};
  }

  /// Memory holds one session: each sitting is one round, in which each model has its session to itself.
  Result<void> sit_in_turn(std::int32_t sitting, std::optional<PairPlan>& plan) {
    const auto [first, second] = draw();
    PairRound round;
    round.sitting = sitting;
    round.first_ran_first = first == &a_;
    if (!plan) {
      for (Contestant* one : {first, second}) {
        if (auto ready = open_and_warm(*one); !ready) return ready;
        one->session.clear();
      }
      plan = plan_in_turn(demand());
    }
    for (Contestant* one : {first, second}) {
      if (auto ready = open_and_warm(*one); !ready) return ready;
      if (auto ran = times(*one, one == &a_ ? plan->runs_a : plan->runs_b, false, round); !ran) return ran;
      one->session.clear();
    }
    m_.rounds.push_back(std::move(round));
    return {};
  }

  PairDemand demand() const {
    return {a_.warm_us, b_.warm_us, a_.create_seconds + b_.create_seconds, request_.a.target_seconds,
            request_.a.timeout_seconds - seconds_since(start_)};
  }

  PairPlan plan_now() const { return plan_pair(demand()); }

  Result<void> open_and_warm(Contestant& one) {
    if (auto opened = open(one); !opened) return opened;
    std::vector<double> us;
    while (!is_warm(us)) {
      const auto time = one.session.front().run(one.feeds.front());
      if (!time) return tl::unexpected(named(one, time.error()));
      us.push_back(*time);
    }
    one.warm_us = us.back();
    one.warmup_us.insert(one.warmup_us.end(), us.begin(), us.end());
    return {};
  }

  Result<void> round(std::int32_t sitting, const PairPlan& plan) {
    const auto [first, second] = draw();
    PairRound round;
    round.sitting = sitting;
    round.first_ran_first = first == &a_;
    for (Contestant* one : {first, second}) {
      if (auto ran = times(*one, one == &a_ ? plan.runs_a : plan.runs_b, plan.rewarm, round); !ran) return ran;
    }
    m_.rounds.push_back(std::move(round));
    return {};
  }

  /// `runs` counted runs; `rewarm`: after one that goes to the warm-up, since the other model has used the caches.
  Result<void> times(Contestant& one, std::int32_t runs, bool rewarm, PairRound& round) {
    std::vector<double>& us = &one == &a_ ? round.first_us : round.second_us;
    for (std::int32_t i = rewarm ? -1 : 0; i < runs; ++i) {
      const auto time = one.session.front().run(one.feeds.front());
      if (!time) return tl::unexpected(named(one, time.error()));
      (i < 0 ? one.warmup_us : us).push_back(*time);
    }
    return {};
  }

  const PairRequest& request_;
  PairMeasurement& m_;
  Runtime runtime_;
  std::mt19937_64 random_;
  Clock::time_point start_ = Clock::now();
  Contestant a_{"A", request_.a};
  Contestant b_{"B", request_.b};
};

}  // namespace

void measure_pair_in_this_process(const PairRequest& request, PairMeasurement& m) {
  m.threads = request.a.threads;
  m.optimization_level = request.a.optimization_level;
  for (const InputPlan& input : request.a.inputs) m.input_notes.push_back(input.note);
  if (auto runtime = open_runtime(request.a.runtime_library, m)) Pairing(request, m, *std::move(runtime)).all();
}

int compare_worker_main(const std::filesystem::path& file) {
  const auto request = read_pair_request(file);
  if (!request) return end_worker(tl::unexpected(request.error()));
  enter_worker(request->a.memory_limit_bytes, request->folder);
  return end_worker(answer<PairRequest, PairMeasurement>(*request, measure_pair_in_this_process, write_pair));
}

}  // namespace costscan
