#include "measure/json_objects.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace costscan {
namespace {

constexpr std::size_t longest_object = std::size_t{16} << 20;

/// Follows brackets outside strings; knows nothing else of JSON, so that what it hands on is still to be parsed.
class Splitter {
 public:
  explicit Splitter(const std::function<void(std::string_view)>& take) : take_(take) {}

  [[nodiscard]] bool done() const { return closed_ || object_.size() > longest_object; }
  [[nodiscard]] bool closed() const { return closed_; }

  void next(char c) {
    const bool opens_object = c == '{' && !in_string_ && object_.empty() && (open_ == "[" || open_ == "{[");
    if (opens_object || !object_.empty()) object_ += c;
    if (in_string_) {
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '[' || c == '{') {
      open_ += c;
    } else if ((c == ']' || c == '}') && !open_.empty()) {
      open_.pop_back();
      closed_ = open_.empty();
      if (!object_.empty() && (open_ == "[" || open_ == "{[")) hand_on();
    }
  }

 private:
  void hand_on() {
    take_(object_);
    object_.clear();
  }

  const std::function<void(std::string_view)>& take_;
  std::string open_;    ///< brackets that are open, from the outside in
  std::string object_;  ///< so far; empty outside objects
  bool in_string_ = false;
  bool escaped_ = false;
  bool closed_ = false;
};

}  // namespace

bool for_each_object(std::istream& in, const std::function<void(std::string_view)>& take) {
  Splitter splitter(take);
  std::array<char, 65536> buffer{};
  while (in && !splitter.done()) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    for (std::size_t i = 0; i < got && !splitter.done(); ++i) splitter.next(buffer[i]);
  }
  return splitter.closed();
}

}  // namespace costscan
