// SPDX-License-Identifier: Apache-2.0
#include "base/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

namespace countersign {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& known : kUnits) {
    if (known.name != unit) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / 1'000'000 / known.milliseconds)
      return std::nullopt;
    return std::chrono::milliseconds{number * known.milliseconds};
  }
  return std::nullopt;
}

}  // namespace

struct Config::State {
  toml::table root;
  std::filesystem::path folder;
  std::string name;  // of the file, for errors
  std::set<std::string, std::less<>> asked;

  const toml::node* find(std::string_view path) {
    asked.emplace(path);
    const toml::table* table = &root;
    while (true) {
      const auto dot = path.find('.');
      const toml::node* node = table->get(path.substr(0, dot));
      if (node == nullptr || dot == std::string_view::npos) return node;
      table = node->as_table();
      if (table == nullptr) return nullptr;
      path.remove_prefix(dot + 1);
    }
  }

  auto missing(std::string_view path) const {
    return fail(ErrorCode::kMalformed, fmt::format("{}: {}: missing", name, path));
  }
  auto wrong(std::string_view path, const toml::node& node, std::string_view expected) const {
    return fail(ErrorCode::kMalformed,
                fmt::format("{}:{}: {}: expected {}", name, node.source().begin.line, path, expected));
  }

  bool is_asked_below(const std::string& path) const {
    const auto next = asked.lower_bound(path + ".");
    return next != asked.end() && next->starts_with(path + ".");
  }

  // The first setting in `table` that nobody asked for.
  Result<void> refuse_unasked(const toml::table& table, const std::string& prefix) const {
    for (const auto& [key, node] : table) {
      const std::string path = prefix + std::string(key.str());
      const bool plain_key = key.str().find('.') == std::string_view::npos;
      const toml::table* below = node.as_table();
      if (plain_key && below != nullptr && is_asked_below(path)) {
        TRY(refuse_unasked(*below, path + "."));
      } else if (!plain_key || !asked.contains(path)) {
        return fail(ErrorCode::kMalformed,
                    fmt::format("{}:{}: {}: no such setting", name, key.source().begin.line, path));
      }
    }
    return ok();
  }
};

Config::Config(std::unique_ptr<State> state) : state_(std::move(state)) {}
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;
Config::~Config() = default;

namespace {

Result<toml::table> parse_toml(std::string_view text, std::string_view name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kMalformed,
                fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  }
}

}  // namespace

Result<Config> Config::load(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(ErrorCode::kNotFound, file.string() + ": cannot be opened");
  std::string text;
  char part[4096];
  while (stream.read(part, sizeof(part)), stream.gcount() > 0) {
    text.append(part, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxFile) return fail(ErrorCode::kTooLarge, file.string() + ": over 1 MiB");
  }
  if (stream.bad()) return fail(ErrorCode::kUnavailable, file.string() + ": cannot be read");
  TRY(auto root, parse_toml(text, file.string()));
  return Config(std::make_unique<State>(
      State{std::move(root), std::filesystem::absolute(file).parent_path(), file.string(), {}}));
}

Result<Config> Config::parse(std::string_view toml, const std::filesystem::path& folder) {
  if (toml.size() > kMaxFile) return fail(ErrorCode::kTooLarge, "configuration: over 1 MiB");
  TRY(auto root, parse_toml(toml, "configuration"));
  return Config(std::make_unique<State>(State{std::move(root), folder, "configuration", {}}));
}

Result<std::string> Config::text(std::string_view path) {
  const toml::node* node = state_->find(path);
  if (node == nullptr) return state_->missing(path);
  const auto* value = node->as_string();
  if (value == nullptr || value->get().empty()) return state_->wrong(path, *node, "a text");
  return value->get();
}

Result<std::string> Config::text(std::string_view path, std::string fallback) {
  const toml::node* node = state_->find(path);
  if (node == nullptr) return fallback;
  const auto* value = node->as_string();
  if (value == nullptr) return state_->wrong(path, *node, "a text");
  return value->get();
}

Result<std::int64_t> Config::integer(std::string_view path, std::int64_t least, std::int64_t most) {
  const toml::node* node = state_->find(path);
  if (node == nullptr) return state_->missing(path);
  const auto* value = node->as_integer();
  if (value == nullptr || value->get() < least || value->get() > most)
    return state_->wrong(path, *node, fmt::format("a whole number from {} to {}", least, most));
  return value->get();
}

Result<std::int64_t> Config::integer(std::string_view path, std::int64_t least, std::int64_t most,
                                     std::int64_t fallback) {
  if (state_->find(path) == nullptr) return fallback;
  return integer(path, least, most);
}

Result<bool> Config::boolean(std::string_view path, bool fallback) {
  const toml::node* node = state_->find(path);
  if (node == nullptr) return fallback;
  const auto* value = node->as_boolean();
  if (value == nullptr) return state_->wrong(path, *node, "true or false");
  return value->get();
}

Result<std::filesystem::path> Config::file(std::string_view path) {
  TRY(const std::string name, text(path));
  return (state_->folder / name).lexically_normal();
}

Result<std::filesystem::path> Config::file(std::string_view path, const std::filesystem::path& fallback) {
  if (state_->find(path) != nullptr) return file(path);
  return fallback.empty() ? fallback : (state_->folder / fallback).lexically_normal();
}

Result<std::chrono::milliseconds> Config::duration(std::string_view path,
                                                   std::chrono::milliseconds fallback) {
  const toml::node* node = state_->find(path);
  if (node == nullptr) return fallback;
  const auto* value = node->as_string();
  const auto parsed = value == nullptr ? std::nullopt : parse_duration(value->get());
  if (!parsed)
    return state_->wrong(path, *node, "a duration such as \"250ms\", \"15s\", \"10m\", \"24h\" or \"30d\"");
  return *parsed;
}

Result<std::vector<std::string>> Config::texts(std::string_view path, std::vector<std::string> fallback) {
  const toml::node* node = state_->find(path);
  if (node == nullptr) return fallback;
  const toml::array* array = node->as_array();
  if (array == nullptr) return state_->wrong(path, *node, "a list of texts");
  std::vector<std::string> values;
  for (const toml::node& element : *array) {
    const auto* value = element.as_string();
    if (value == nullptr) return state_->wrong(path, element, "a list of texts");
    values.push_back(value->get());
  }
  return values;
}

std::vector<std::string> Config::tables(std::string_view path) {
  std::vector<std::string> names;
  const toml::node* node = state_->find(path);
  if (node == nullptr) return names;
  const toml::table* table = node->as_table();
  if (table != nullptr) {
    for (const auto& [key, below] : *table)
      if (below.is_table()) names.emplace_back(key.str());
  }
  // Whatever else stands there was not asked for.
  if (table == nullptr || (names.empty() && !table->empty())) state_->asked.erase(std::string(path));
  return names;
}

Result<void> Config::finish() const {
  return state_->refuse_unasked(state_->root, "");
}

}  // namespace countersign
