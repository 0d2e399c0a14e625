// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

namespace countersign {
namespace {

constexpr std::size_t kMaxValue = 2000;

// The logger of this process; never destroyed, so that threads may log while the process ends.
struct CurrentLogger {
  std::mutex mutex;  // guards `logger` while it is replaced or copied
  std::shared_ptr<spdlog::logger> logger;
};

CurrentLogger& current() {
  static CurrentLogger& instance = *new CurrentLogger;
  return instance;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool is_plain(char c) {
  return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

// A value as it stands when it is plain, else quoted, with everything but printable ASCII escaped: no value
// can end its line, forge a field or move a terminal's cursor.
std::string logfmt_value(std::string_view value) {
  const bool cut = value.size() > kMaxValue;
  value = value.substr(0, kMaxValue);
  if (!value.empty() && !cut && std::ranges::all_of(value, is_plain)) return std::string(value);
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (c == '\n') {
      text += "\\n";
    } else if (c >= ' ' && c < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text + (cut ? "...\"" : "\"");
}

void append_fields(std::string& line, std::initializer_list<LogField> fields) {
  for (const auto& [key, value] : fields)
    line.append(" ").append(key).append("=").append(logfmt_value(value));
}

void write_line(LogLevel level, std::string_view line) {
  std::shared_ptr<spdlog::logger> logger;
  {
    const std::lock_guard lock(current().mutex);
    logger = current().logger;
  }
  if (logger) logger->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void start_log(std::string_view program, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>(std::string(program),
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l program=%n %v", spdlog::pattern_time_type::utc));
  logger->set_level(spdlog_level(level));
  logger->flush_on(spdlog::level::debug);
  const std::lock_guard lock(current().mutex);
  current().logger = std::move(logger);
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "event=" + logfmt_value(event);
  append_fields(line, fields);
  write_line(level, line);
}

void log_error(std::string_view event, const Error& error, std::initializer_list<LogField> fields) {
  std::string line = "event=" + logfmt_value(event);
  append_fields(line, fields);
  append_fields(line, {{"code", error_name(error.code)}, {"detail", error.detail}});
  write_line(LogLevel::kError, line);
}

}  // namespace countersign
