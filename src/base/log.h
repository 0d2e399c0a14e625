// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace countersign {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string_view>;

// start_log sends log lines to standard error: one logfmt line each, `time=… level=… program=… event=…
// key=value …`. Until then nothing is written. Fields carry ids, codes and counts; never personal data,
// secrets or message contents. Values are quoted and escaped where needed, and cut at 2,000 bytes.
// Thread-safe.
void start_log(std::string_view program, LogLevel level);
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
void log_error(std::string_view event, const Error& error, std::initializer_list<LogField> fields = {});

}  // namespace countersign
