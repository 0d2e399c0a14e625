// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign {

// Config reads a TOML file strictly: each program asks for the settings it knows by dotted path
// ("server.port"), and `finish` refuses whatever stands in the file and was not asked for. Relative paths are
// taken from the file's folder. Errors name file, setting and line (kMalformed).
class Config {
 public:
  static Result<Config> load(const std::filesystem::path& file);
  static Result<Config> parse(std::string_view toml, const std::filesystem::path& folder);
  Config(Config&&) noexcept;
  Config& operator=(Config&&) noexcept;
  ~Config();

  // Required settings; with a default, optional ones.
  Result<std::string> text(std::string_view path);
  Result<std::string> text(std::string_view path, std::string fallback);
  Result<std::int64_t> integer(std::string_view path, std::int64_t least, std::int64_t most);
  Result<std::int64_t> integer(std::string_view path, std::int64_t least, std::int64_t most,
                               std::int64_t fallback);
  Result<bool> boolean(std::string_view path, bool fallback);
  Result<std::filesystem::path> file(std::string_view path);
  Result<std::filesystem::path> file(std::string_view path, const std::filesystem::path& fallback);
  // "250ms", "15s", "10m", "24h", "30d".
  Result<std::chrono::milliseconds> duration(std::string_view path, std::chrono::milliseconds fallback);
  Result<std::vector<std::string>> texts(std::string_view path, std::vector<std::string> fallback);
  // The names of the tables below a path: "companies" for [companies.first] and [companies.second].
  std::vector<std::string> tables(std::string_view path);
  // What the word of the setting stands for; an unknown word is kMalformed, and the error names the known
  // ones.
  template <typename Choice>
  Result<Choice> choice(std::string_view path, std::string fallback,
                        const std::map<std::string_view, Choice>& choices);
  // kMalformed for the first setting that nobody asked for.
  Result<void> finish() const;

 private:
  struct State;
  explicit Config(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

template <typename Choice>
Result<Choice> Config::choice(std::string_view path, std::string fallback,
                              const std::map<std::string_view, Choice>& choices) {
  TRY(const auto word, text(path, std::move(fallback)));
  const auto found = choices.find(word);
  if (found != choices.end()) return found->second;
  std::string words;
  for (const auto& [name, value] : choices) words.append(words.empty() ? "" : ", ").append(name);
  return fail(ErrorCode::kMalformed, std::string(path) + ": one of " + words);
}

}  // namespace countersign
