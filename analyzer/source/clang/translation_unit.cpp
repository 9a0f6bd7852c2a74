#include "source/clang/translation_unit.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace costscan::source::front {
namespace {

constexpr std::size_t diagnostics_shown = 5;

std::string text_of(const Libclang& c, CXString text) {
  const char* chars = c.clang_getCString(text);
  std::string out = chars == nullptr ? "" : chars;
  c.clang_disposeString(text);
  return out;
}

Diagnostic read(const Libclang& c, CXDiagnostic diagnostic) {
  Diagnostic out;
  CXFile file = nullptr;
  c.clang_getExpansionLocation(c.clang_getDiagnosticLocation(diagnostic), &file, &out.line, &out.column, nullptr);
  if (file != nullptr) out.file = text_of(c, c.clang_getFileName(file));
  out.text = text_of(c, c.clang_getDiagnosticSpelling(diagnostic));
  CXDiagnosticSet notes = c.clang_getChildDiagnostics(diagnostic);
  const unsigned count = c.clang_getNumDiagnosticsInSet(notes);
  for (unsigned i = 0; i < count; ++i) {
    CXDiagnostic note = c.clang_getDiagnosticInSet(notes, i);
    out.notes.push_back(read(c, note));
    c.clang_disposeDiagnostic(note);
  }
  return out;
}

std::vector<Diagnostic> errors_of(const Libclang& c, CXTranslationUnit unit) {
  std::vector<Diagnostic> out;
  const unsigned count = c.clang_getNumDiagnostics(unit);
  for (unsigned i = 0; i < count; ++i) {
    CXDiagnostic diagnostic = c.clang_getDiagnostic(unit, i);
    if (c.clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
      Diagnostic error = read(c, diagnostic);
      // gcc's options in a compile_commands.json are no reason to stop.
      if (!(error.file.empty() && error.text.starts_with("unknown argument"))) out.push_back(std::move(error));
    }
    c.clang_disposeDiagnostic(diagnostic);
  }
  return out;
}

/// libclang turns a crash of its parser into an error code, but its signal handlers need a stack for that, and a parser
/// that recursed too deeply has left none: while this lives, they run on a stack of their own. What libclang prints
/// about the crash goes nowhere; the error that is returned says it.
class Recovery {
 public:
  Recovery() : stack_(std::size_t{256} << 10U) {
    stack_t own{};
    own.ss_sp = stack_.data();
    own.ss_size = stack_.size();
    armed_ = ::sigaltstack(&own, &before_) == 0;
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (::sigaction(signals[i], nullptr, &handlers_[i]) != 0) armed_ = false;
      if (!armed_ || handlers_[i].sa_handler == SIG_DFL || handlers_[i].sa_handler == SIG_IGN) continue;
      struct sigaction on_stack = handlers_[i];
      on_stack.sa_flags |= SA_ONSTACK;
      ::sigaction(signals[i], &on_stack, nullptr);
    }
    std::fflush(stderr);
    errors_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (errors_ >= 0 && nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0) ::close(nowhere);
  }
  ~Recovery() {
    std::fflush(stderr);
    if (errors_ >= 0) {
      ::dup2(errors_, STDERR_FILENO);
      ::close(errors_);
    }
    if (!armed_) return;
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &handlers_[i], nullptr);
    ::sigaltstack(&before_, nullptr);
  }
  Recovery(const Recovery&) = delete;
  Recovery(Recovery&&) = delete;
  Recovery& operator=(const Recovery&) = delete;
  Recovery& operator=(Recovery&&) = delete;

 private:
  static constexpr std::array signals{SIGSEGV, SIGBUS};
  std::vector<char> stack_;
  stack_t before_{};
  std::array<struct sigaction, signals.size()> handlers_{};
  int errors_ = -1;
  bool armed_ = false;
};

}  // namespace

Result<TranslationUnit> parse_unit(const Libclang& c, const std::string& file, const std::vector<std::string>& command,
                                   const std::string* contents) {
  TranslationUnit out;
  CXIndex index = c.clang_createIndex(0, 0);
  out.index = std::shared_ptr<void>(index, c.clang_disposeIndex);
  std::vector<const char*> arguments;
  arguments.reserve(command.size());
  for (const std::string& each : command) arguments.push_back(each.c_str());
  CXUnsavedFile unsaved{file.c_str(), nullptr, 0};
  if (contents != nullptr) {
    unsaved.Contents = contents->data();
    unsaved.Length = contents->size();
  }
  CXTranslationUnit unit = nullptr;
  const CXErrorCode error = [&] {
    const Recovery recovery;
    return c.clang_parseTranslationUnit2FullArgv(
        index, file.c_str(), arguments.data(), static_cast<int>(arguments.size()),
        contents == nullptr ? nullptr : &unsaved, contents == nullptr ? 0 : 1, CXTranslationUnit_KeepGoing, &unit);
  }();
  if (error != CXError_Success || unit == nullptr) {
    const char* why = error == CXError_Crashed
                          ? "clang crashed while reading it; take apart what nests too deeply in it"
                          : "clang cannot read it; check that it is C or C++ and that its compiler options are right";
    return fail(ErrorKind::input, fmt::format("{}: {}", file, why));
  }
  out.unit = {unit, c.clang_disposeTranslationUnit};
  out.errors = errors_of(c, unit);
  return out;
}

std::string describe(const std::string& parsed, const std::string& shown, const std::vector<Diagnostic>& errors) {
  std::string out = fmt::format(
      "{}: does not compile ({} error{}); correct it, or give the options that it needs after -- or by -p BUILD_FOLDER",
      shown, errors.size(), errors.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(errors.size(), diagnostics_shown); ++i) {
    const Diagnostic& each = errors[i];
    const std::string& file = each.file == parsed ? shown : each.file;
    out += file.empty() ? fmt::format("\nerror: {}", each.text)
                        : fmt::format("\n{}:{}:{}: error: {}", file, each.line, each.column, each.text);
  }
  if (errors.size() > diagnostics_shown) out += fmt::format("\n... and {} more", errors.size() - diagnostics_shown);
  return out;
}

}  // namespace costscan::source::front
