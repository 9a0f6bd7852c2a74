// Normalisations, activations, embeddings and convolution blocks: what the detectors of patterns/ find.
#include <algorithm>
#include <cmath>

#include "forensics/findings.hpp"
#include "forensics/shape_facts.hpp"
#include "patterns/trace.hpp"

namespace costscan::forensics {
namespace {

std::string number_words(const PatternMatch& match) {
  std::string out = match.variant;
  for (const auto& [name, value] : match.numbers) {
    if (name == "other_form") continue;        // the row says so
    if (value > 0 && value < 0.001) continue;  // an epsilon: the node tells
    constexpr double largest_count = 1e15;
    const bool whole = std::abs(value) < largest_count && value == std::floor(value);
    const std::string digits = whole ? std::to_string(static_cast<std::int64_t>(value)) : number_text(value);
    out += (out.empty() ? "" : ", ") + std::string(name) + " " + digits;
  }
  return out;
}

Site match_site(const PatternMatch& match) {
  Site site;
  site.nodes = match.nodes;
  site.removal = match.variant == "op" ? Removal::none : Removal::fuse;
  site.detail = number_words(match);
  return site;
}

template <class Test>
Sites matches_where(const Scene& scene, std::string_view pattern, Test test) {
  Sites sites;
  for (const PatternMatch& match : scene.matches(pattern)) {
    if (test(match)) sites.push_back(match_site(match));
  }
  return sites;
}

bool any_match(const PatternMatch& /*match*/) { return true; }

enum class NormForms { decomposed, decomposed_and_ops, others };

/// Others are those whose formula the rows of patterns do not name.
bool is_among(const PatternMatch& match, NormForms forms) {
  if (match.variant == "op") return forms == NormForms::decomposed_and_ops;
  return (match.variant == "decomposed") == (forms != NormForms::others);
}

/// A norm's parameters in words: FINDINGS calls them with or without epsilon and gamma.
Sites norm_sites(const Scene& scene, std::string_view pattern, NormForms forms) {
  Sites sites;
  for (const PatternMatch& match : scene.matches(pattern)) {
    if (!is_among(match, forms)) continue;
    Site site = match_site(match);
    site.detail = match.variant + (match.number("epsilon") ? ", epsilon" : ", no epsilon") +
                  (match.tensor("gamma") != no_value ? ", gamma" : ", no gamma");
    if (match.tensor("beta") != no_value) site.detail += ", beta";
    sites.push_back(std::move(site));
  }
  return sites;
}

/// A gated unit's layers stay: what is fused is the activation and the product.
Sites gated_sites(const Scene& scene, std::string_view pattern) {
  Sites sites;
  for (const PatternMatch& match : scene.matches(pattern)) {
    Site site = match_site(match);
    for (const std::int32_t node : match.nodes) {
      if (!as_linear(scene.view(), node)) site.removed.push_back(node);
    }
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace

Sites layernorm_patterns(const Scene& scene) { return norm_sites(scene, "layer_norm", NormForms::decomposed); }
Sites rmsnorm_patterns(const Scene& scene) { return norm_sites(scene, "rms_norm", NormForms::decomposed); }
Sites layernorms(const Scene& scene) { return norm_sites(scene, "layer_norm", NormForms::decomposed_and_ops); }
Sites rmsnorms(const Scene& scene) { return norm_sites(scene, "rms_norm", NormForms::decomposed_and_ops); }

Sites norm_other_forms(const Scene& scene) {
  Sites sites = norm_sites(scene, "layer_norm", NormForms::others);
  for (const std::string_view pattern : {"rms_norm", "group_norm"}) {
    const auto forms = pattern == "group_norm" ? NormForms::decomposed : NormForms::others;
    for (Site& site : norm_sites(scene, pattern, forms)) sites.push_back(std::move(site));
  }
  return sites;
}

Sites groupnorm_patterns(const Scene& scene) {
  return matches_where(scene, "group_norm", [](const PatternMatch& match) { return match.variant == "instance_norm"; });
}

Sites attention_other_forms(const Scene& scene) {
  return matches_where(scene, "attention", [](const PatternMatch& match) { return match.number("other_form") == 1.0; });
}

Sites gelu(const Scene& scene) { return matches_where(scene, "gelu", any_match); }

Sites silu(const Scene& scene) {
  return matches_where(scene, "silu", [](const PatternMatch& match) { return !match.number("other_form"); });
}

Sites silu_other_forms(const Scene& scene) {
  return matches_where(scene, "silu", [](const PatternMatch& match) { return match.number("other_form") == 1.0; });
}

Sites swiglu(const Scene& scene) { return gated_sites(scene, "swiglu"); }
Sites geglu(const Scene& scene) { return gated_sites(scene, "geglu"); }

Sites rope(const Scene& scene) {
  return matches_where(scene, "rope", [](const PatternMatch& match) { return match.variant == "rotate_half"; });
}

Sites rope_other_forms(const Scene& scene) {
  return matches_where(scene, "rope", [](const PatternMatch& match) { return match.variant != "rotate_half"; });
}

Sites conv_bn(const Scene& scene) {
  const GraphView& view = scene.view();
  Sites sites;
  for (const PatternMatch& match : scene.matches("conv_bn")) {
    if (match.number("scale_and_shift")) continue;
    Site site;
    site.removal = Removal::vanish;
    for (const std::int32_t node : match.nodes) {
      if (is_op(view.node(node), "BatchNormalization")) site.removed.push_back(node);
      if (is_op(view.node(node), "BatchNormalization") || is_op(view.node(node), "Conv")) site.nodes.push_back(node);
    }
    sites.push_back(std::move(site));
  }
  return sites;
}

Sites conv_activation(const Scene& scene) {
  return matches_where(scene, "conv_activation", [](const PatternMatch& match) {
    return match.number("decomposed") == 0.0 || match.variant == "silu";
  });
}

Sites conv_activation_decomposed(const Scene& scene) {
  return matches_where(scene, "conv_activation", [](const PatternMatch& match) {
    return match.number("decomposed") != 0.0 && match.variant != "silu";
  });
}

Sites squeeze_excite(const Scene& scene) { return matches_where(scene, "squeeze_excite", any_match); }

}  // namespace costscan::forensics
