// SPDX-License-Identifier: Apache-2.0
#include "apps/settings.h"

namespace countersign::app {

Result<LogLevel> read_log_level(Config& config, std::string fallback) {
  return config.choice<LogLevel>("log.level", std::move(fallback),
                                 {{"debug", LogLevel::kDebug},
                                  {"info", LogLevel::kInfo},
                                  {"warning", LogLevel::kWarning},
                                  {"error", LogLevel::kError}});
}

Result<http::AddressPolicy> read_address_policy(Config& config, std::string_view path, std::string fallback) {
  using http::AddressPolicy;
  return config.choice<AddressPolicy>(path, std::move(fallback),
                                      {{"any", AddressPolicy::kAny},
                                       {"public", AddressPolicy::kPublicOnly},
                                       {"loopback", AddressPolicy::kLoopbackOnly}});
}

Result<std::chrono::milliseconds> read_limit(Config& config, std::string_view path,
                                             std::chrono::milliseconds fallback) {
  TRY(const auto limit, config.duration(path, fallback));
  if (limit < std::chrono::seconds(1) || limit > std::chrono::seconds(50))
    return fail(ErrorCode::kMalformed, std::string(path) + ": from 1s to 50s");
  return limit;
}

Result<std::chrono::seconds> read_delay(Config& config, std::string_view path,
                                        std::chrono::seconds fallback) {
  TRY(const auto read, config.duration(path, fallback));
  const auto delay = std::chrono::floor<std::chrono::seconds>(read);
  if (delay != read || delay < std::chrono::minutes(1))
    return fail(ErrorCode::kMalformed, std::string(path) + ": whole seconds, at least a minute of them");
  return delay;
}

}  // namespace countersign::app
