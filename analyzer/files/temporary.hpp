// Files and folders that go with their owner, and also where a signal ends the process before that.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "model/result.hpp"

namespace costscan {

/// A folder that only this user can enter, removed with its contents when it goes out of scope.
class PrivateFolder {
 public:
  /// In the system's folder for temporary files. Error (measurement) names that and the system's reason.
  [[nodiscard]] static Result<PrivateFolder> create();
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit PrivateFolder(std::filesystem::path path);
  std::filesystem::path path_;
};

/// A path at which a file may come to lie; the file is removed, if it is there, when this goes out of scope, unless it
/// was decided to keep it.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path);
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();
  /// The file stays; its path.
  [[nodiscard]] std::filesystem::path keep() &&;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// While it lives, SIGINT, SIGTERM and SIGHUP remove all of the above before they end the process as they ever do; one
/// that the process ignores stays ignored. For a command's main function, once.
class RemoveOnSignal {
 public:
  RemoveOnSignal();
  RemoveOnSignal(const RemoveOnSignal&) = delete;
  RemoveOnSignal& operator=(const RemoveOnSignal&) = delete;
  ~RemoveOnSignal();

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace costscan
